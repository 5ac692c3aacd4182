"""Which folders a server uses, and as whom it runs there."""

import hashlib
import os
import tempfile
from pathlib import Path
from uuid import uuid4

from app.devdb.account import Account, NoDatabase
from app.devdb.safe_files import is_only_of, write_private

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = Path("/var/lib")

LONGEST_SOCKET_FOLDER = 88
"""The whole path of a socket has room for 103 bytes on macOS; its name takes 14."""
UNFIT_FOR_SOCKETS = frozenset(",\"'\\")
"""PostgreSQL reads its socket folders as a list."""

NOT_OURS = """\
{path} belongs to another user.
  Remove it, or set TMPDIR to a folder of your own."""
NOT_ALONE = """\
{path} belongs to another user, or others may write to it.
  Set CABINET_STATE_DIR to a folder of your own."""
SHUT_IN = """\
The database in {data} cannot be reached by its owner (user id {uid}) any more: a folder above
it is closed to others.
  Open that folder, or set CABINET_STATE_DIR to another."""


def state_folder() -> Path:
    """Return where this copy keeps its databases, sandbox keys and logs."""
    return Path(os.environ.get("CABINET_STATE_DIR") or ROOT / ".data").resolve()


class Place:
    def __init__(self, name: str, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self._name = name
        self._state = state
        self.base = self._recorded_base() or state
        self.account = Account.for_folder(self.home)
        if not self.account.can_enter(self.base):
            self._move_elsewhere()

    @property
    def home(self) -> Path:
        return self.base / self._name

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @property
    def run(self) -> Path:
        """The folder of the locks and the log: the server's account may not write there."""
        return self.base / f"{self._name}.run"

    @property
    def log(self) -> Path:
        return self.run / "server.log"

    def lock(self, name: str) -> Path:
        return self.run / name

    def prepare(self) -> None:
        if not self.base.is_dir():
            self.base.mkdir()
            self.base.chmod(0o755)  # the server's user passes through, whatever our umask
        self.account.make_folder(self.home)
        self.run.mkdir(mode=0o700, exist_ok=True)
        # Root shares the server of a user whose folder it is, with the locks that are there.
        if not is_only_of(self.run, os.geteuid(), self.account.uid or os.geteuid()):
            raise NoDatabase(NOT_ALONE.format(path=self.run))

    def socket_folder(self) -> Path:
        if _is_fit_for_sockets(self.home):
            return self.home
        short = f"cabinet-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"
        folder = Path(tempfile.gettempdir()) / short
        if not _is_fit_for_sockets(folder):
            folder = Path("/tmp") / short  # noqa: S108 - its owner is checked below
        self.account.make_folder(folder)
        if folder.lstat().st_uid != self.home.stat().st_uid:
            raise NoDatabase(NOT_OURS.format(path=folder))
        return folder

    @property
    def _record(self) -> Path:
        return self._state / "database-folder"

    def _recorded_base(self) -> Path | None:
        if not self._record.exists():
            return None
        base = Path(self._record.read_text(encoding="utf-8").strip())
        # Whoever may write to the state folder must not choose where root works.
        if base.parent != ELSEWHERE or (base.exists() and not is_only_of(base, os.geteuid())):
            raise NoDatabase(NOT_ALONE.format(path=base))
        return base

    def _move_elsewhere(self) -> None:
        """Root's home is closed to the account: keep the data outside, and note where.

        The name is random and the note lies in the state folder, so whoever deletes the state
        folder gets a fresh database, not the old one.
        """
        if self.data.exists():
            raise NoDatabase(SHUT_IN.format(data=self.data, uid=self.account.uid))
        self.base = ELSEWHERE / f"cabinet-{uuid4().hex[:12]}"
        write_private(self._record, f"{self.base}\n")


def _is_fit_for_sockets(folder: Path) -> bool:
    fits = len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER
    return fits and not UNFIT_FOR_SOCKETS & set(str(folder))
