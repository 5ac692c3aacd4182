"""The TypeScript client, compiled as its users compile it."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import pytest

from tests.databases import ROOT

SOURCE: Final = ROOT / "clients" / "typescript"
INSTALL_SECONDS: Final = 120


@cache
def compiled() -> Path:
    """Return the folder of the compiled client; skip the test where npm cannot make it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("node and npm are not installed")
    workshop = Path(mkdtemp(prefix="cab-ts-"))
    client = workshop / "clients" / "typescript"
    shutil.copytree(SOURCE, client, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (workshop / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "openapi.json", workshop / "docs")
    installed = _npm(npm, "ci", "--no-audit", "--no-fund", folder=client)
    if installed is None or installed.returncode:
        pytest.skip("npm could not install what compiles the client: is there a network?")
    for script in ("generate", "build"):
        done = _npm(npm, "run", script, folder=client)
        assert done is not None
        assert done.returncode == 0, done.stdout + done.stderr
    return client / "dist"


def _npm(npm: str, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str] | None":
    try:
        return subprocess.run(  # noqa: S603 - found by name
            [npm, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
