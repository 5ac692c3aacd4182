import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.devdb.safe_files import give

NO_NOBODY = """\
PostgreSQL refuses to run as root, and this machine has no user `nobody` to run it as.
  Run this as an ordinary user, or name a database of your own in DATABASE_URL."""


class NoDatabase(Exception):
    """PostgreSQL cannot run here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """As whom PostgreSQL runs: as ourselves, but never as root, which it refuses."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def for_folder(cls, home: Path) -> Self:
        """Return who shall run the server there: the folder's owner, once it exists."""
        if os.geteuid() != 0:
            return cls()
        if home.exists() and home.stat().st_uid != 0:
            return cls(home.stat().st_uid, home.stat().st_gid)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise NoDatabase(NO_NOBODY) from None
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def is_another(self) -> bool:
        return self.uid is not None

    def process_options(self) -> dict[str, Any]:
        """Return what `subprocess` takes to run something as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - PostgreSQL's programs and the shell, fixed arguments
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=process_environment(),
            **self.process_options(),
        )

    def can_enter(self, folder: Path) -> bool:
        return not self.is_another or not self.run("/bin/sh", "-c", 'cd "$0"', folder).returncode

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only this account can enter; leave one that is there as it is."""
        if folder.is_dir():
            return
        folder.mkdir(mode=0o700)
        if self.uid is not None and self.gid is not None:
            give(folder, uid=self.uid, gid=self.gid)


def process_environment() -> dict[str, str]:
    """Return an environment in which PostgreSQL speaks and sorts the same everywhere."""
    return {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
