"""Another commit of ours, checked out beside this one, with what it needs to run."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from app.cli.project import ROOT

LOCK: Final = "requirements.lock"


@dataclass(frozen=True)
class Checkout:
    root: Path
    python: str
    commit: str

    def fill(self, url: URL, *, readings: int) -> None:
        """Make this commit's tables in an empty database, and fill them as it fills them."""
        self._run(url, "app.cli", "migrate")
        self._run(url, "benchmarks.fill", str(readings))

    def _run(self, url: URL, module: str, *arguments: str) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.root),
            "DATABASE_URL": url.render_as_string(hide_password=False),
        }
        command = [self.python, "-P", "-m", module, *arguments]
        done = subprocess.run(  # noqa: S603 - our own programs
            command, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{self.commit}: {module} failed\n{done.stdout}{done.stderr}")


@contextmanager
def checkout(base: str, folder: Path) -> Iterator[Checkout]:
    """Check a commit out into a folder, and take it away again.

    Its dependencies are ours where it has locked the same; else it installs its own.
    """
    commit = _git("rev-parse", "--short", "--verify", f"{base}^{{commit}}").strip()
    root = folder / commit
    _git("worktree", "add", "--detach", str(root), commit)
    try:
        yield Checkout(root, _python(root), commit)
    finally:
        _git("worktree", "remove", "--force", str(root))


def _python(root: Path) -> str:
    if (root / LOCK).read_bytes() == (ROOT / LOCK).read_bytes():
        return sys.executable
    command = [sys.executable, "run.py", "--help"]
    subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own program
    return str(root / ".venv" / "bin" / "python")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    return done.stdout
