#!/usr/bin/env python3
"""The two commands: `python3 run.py` starts everything, `python3 run.py test` runs the tests.

Standard library only, because it runs before anything is installed. The first run makes
`.venv` and installs what `requirements.lock` names, each file checked against its hash; later
runs compare two fingerprints and start at once, also with no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
MARK = VENV / ".installed"
LOCK = ROOT / "requirements.lock"
PRODUCTION_LOCK = ROOT / "requirements.production.lock"
UV_LOCK = ROOT / "uv.lock.txt"

OLD_PYTHON = """\
run.py: Python 3.11 or newer is needed; this is {version} ({executable}).
  Install a newer one and start with it, for example: python3.12 run.py"""
WINDOWS = """\
run.py: this runs on Linux and macOS. On Windows, run it inside WSL: wsl --install"""
NO_VENV = """\
run.py: this Python cannot make virtual environments ({reason}).
  On Debian and Ubuntu: apt-get install python3-venv"""
NO_PACKAGES = """\
run.py: could not install the locked dependencies ({reason}).
  Is there a network? Behind a proxy set HTTPS_PROXY, with your own certificates SSL_CERT_FILE,
  with a mirror PIP_INDEX_URL and UV_DEFAULT_INDEX; then run this again."""
NO_WRITING = """\
run.py: cannot write to {path} ({reason}).
  Run this as the owner of the folder, with room on the disk."""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - older Pythons do start this file, and need telling
        version = sys.version.split()[0]
        sys.exit(OLD_PYTHON.format(version=version, executable=sys.executable))
    if os.name != "posix":
        sys.exit(WINDOWS)
    try:
        install()
    except KeyboardInterrupt:
        sys.exit("run.py: stopped")
    except OSError as error:
        sys.exit(NO_WRITING.format(path=error.filename or VENV, reason=error.strerror))
    arguments = sys.argv[1:]
    if arguments[:1] == ["lock"] and not {"--help", "-h"} & set(arguments):
        remake_locks(arguments[1:])
    else:
        start(arguments)


def start(arguments: list[str]) -> None:
    # Not `cd`: paths on the command line belong to the folder the person stands in. And -P,
    # because a folder named `app` in that place must not be taken for ours.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [str(PYTHON), "-P", "-m", "app.cli", *arguments]
    os.execve(command[0], command, environment)  # noqa: S606 - a program of ours, without a shell


def install() -> None:
    import fcntl  # noqa: PLC0415 - not on Windows, whose people get a sentence instead

    with LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first runs at once: the second waits
        if not is_installed():
            install_now()


def is_installed() -> bool:
    """Tell whether the mark is of this lock and this Python, and nothing has gone since."""
    mark = read_mark()
    return mark[:2] == [interpreter(), fingerprint()] and is_whole(mark)


def install_now() -> None:
    mark = read_mark()
    if mark[:1] == [interpreter()] and is_whole(mark):
        say("run.py: the locked dependencies have changed, updating .venv")
        update(mark)
    else:
        say("run.py: installing the locked dependencies into .venv (once, about ten seconds)")
        make_venv()
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([PYTHON, *pip, "--require-hashes", "-r", UV_LOCK], NO_PACKAGES)
        synchronize()
    MARK.write_text("\n".join([interpreter(), fingerprint(), *installed_names()]))


def make_venv() -> None:
    # A venv that is broken or half made is made again, whatever is wrong with it.
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    else:
        shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", "--clear", VENV], NO_VENV)


def update(mark: list[str]) -> None:
    # Without its mark a venv counts as half made, which it is if we are killed in the middle.
    MARK.unlink()
    try:
        synchronize()
    except SystemExit:  # no network, say: nothing was touched, and the old lock still works
        MARK.write_text("\n".join(mark))
        raise


def synchronize() -> None:
    command: list[str | Path] = [
        UV,
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        "--compile-bytecode",
    ]
    run([*command, "--python", PYTHON, UV_LOCK, LOCK], NO_PACKAGES)


def remake_locks(options: list[str]) -> None:
    """Resolve pyproject.toml again; `--upgrade` takes the newest versions."""
    command: list[str | Path] = [
        UV,
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
    ]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "pyproject.toml"]
    run([*command, "--all-extras", *options, "--output-file", LOCK], NO_PACKAGES)
    production: list[str | Path] = ["--constraint", LOCK, "--output-file", PRODUCTION_LOCK]
    run([*command, *production], NO_PACKAGES)
    say(f"run.py: wrote {LOCK.name} and {PRODUCTION_LOCK.name}")


def run(command: list[str | Path], remedy: str) -> None:
    # A company proxy re-signs TLS: trust what the machine trusts.
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ}
    done = subprocess.run(  # noqa: S603 - our own command lines
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        say("\n".join(said.splitlines()[-6:]))
        reason = said.splitlines()[-1].strip() if said else f"exit code {done.returncode}"
        sys.exit(remedy.format(reason=reason))


def read_mark() -> list[str]:
    try:
        return MARK.read_text().splitlines()
    except OSError:
        return []


def interpreter() -> str:
    return "python {}.{} {} {}".format(*sys.version_info[:2], sys.platform, ROOT)


def fingerprint() -> str:
    return hashlib.sha256(LOCK.read_bytes() + UV_LOCK.read_bytes()).hexdigest()


def is_whole(mark: list[str]) -> bool:
    return (
        os.access(PYTHON, os.X_OK) and os.access(UV, os.X_OK) and set(mark[2:]) <= installed_names()
    )


def installed_names() -> set[str]:
    packages = "lib/python{}.{}/site-packages".format(*sys.version_info[:2])
    try:
        return {path.name for path in (VENV / packages).iterdir()} - {"__pycache__"}
    except OSError:
        return set()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
