"""One running copy for each state folder: two would share a database and an inbox of SMS."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.cli.failure import refuse
from app.devdb.safe_files import open_private

LOCK: Final = "running"
"""The file's name. Its lock tells that a copy runs, its text where that copy answers."""
LONGEST_ADDRESS: Final = 200
RUNS_ALREADY: Final = """\
A copy runs on the state folder {state} already{address}.
  Use that one or stop it, or start another beside it, with a port and a folder of its own:
  CABINET_PORT={other} CABINET_STATE_DIR={state}-{other} python3 run.py"""


@contextmanager
def only_copy(state: Path, *, port: int) -> Iterator[None]:
    """Hold a state folder for as long as this copy runs; the kernel lets it go with the process.

    :raises typer.Exit: another copy holds it; the person is told where it answers.
    """
    with os.fdopen(open_private(state / LOCK), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            address = file.read(LONGEST_ADDRESS).strip()
            where = f": {address}" if address else ""
            refuse(RUNS_ALREADY.format(state=state, address=where, other=port + 1))
        file.truncate(0)
        file.write(f"http://127.0.0.1:{port}\n")
        file.flush()
        yield
