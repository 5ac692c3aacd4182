"""The time by which commands act."""

import os

from app.clock import Clock
from app.devdb import state_folder
from app.sandbox.clock import SandboxClock


def command_clock() -> Clock:
    """Return the clock of the sandbox that a command works on, else the system's.

    A command works on a sandbox whose state folder it knows, or that has the embedded database.
    """
    is_sandbox = (os.environ.get("CABINET_MODE") or "sandbox") == "sandbox"
    is_here = bool(os.environ.get("CABINET_STATE_DIR")) or not os.environ.get("DATABASE_URL")
    return SandboxClock(state_folder()) if is_sandbox and is_here else Clock()
