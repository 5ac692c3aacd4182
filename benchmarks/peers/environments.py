"""Each peer's own environment, installed when it is first needed, every file by its hash."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from app.cli.project import ROOT

LOCKS: Final = Path(__file__).with_name("locks")
FOLDER: Final = ROOT / ".data" / "peers"
UV: Final = Path(sys.executable).with_name("uv")


def python_of(peer: str) -> str:
    """Return the interpreter of a peer's environment; with another lock it is made anew."""
    lock = LOCKS / f"{peer}.lock"
    version = "{}.{}".format(*sys.version_info[:2])
    mark = hashlib.sha256(lock.read_bytes() + version.encode()).hexdigest()
    environment = FOLDER / peer
    python = environment / "bin" / "python"
    marked = environment / ".installed"
    if marked.exists() and marked.read_text() == mark and os.access(python, os.X_OK):
        return str(python)
    print(f"installing {peer}", file=sys.stderr, flush=True)
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(environment))
    options = ["--quiet", "--require-hashes", "--compile-bytecode", "--python", str(python)]
    _uv("pip", "sync", *options, str(lock))
    marked.write_text(mark)
    return str(python)


def _uv(*arguments: str) -> None:
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ}
    command = [str(UV), *arguments]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"a peer could not be installed:\n{done.stderr[-2000:]}")
