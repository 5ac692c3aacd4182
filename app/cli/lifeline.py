"""How a child learns that its supervisor is gone: a pipe whose other end only that one holds.

The kernel closes the other end however the supervisor ends, also by `kill -9`.
"""

import os
import signal
import threading
import time

VARIABLE = "CABINET_LIFELINE"
SECONDS_TO_STOP = 10


def watch() -> None:
    """In a child: stop this process when the supervisor ends. Without a supervisor: nothing."""
    descriptor = os.environ.get(VARIABLE)
    if descriptor:
        threading.Thread(target=_stop_at_end_of, args=(int(descriptor),), daemon=True).start()


# Runs in a child that coverage does not see; tests/cli/test_supervisor.py watches it.
def _stop_at_end_of(descriptor: int) -> None:  # pragma: no cover
    os.read(descriptor, 1)  # nothing is ever written: this returns at the end of the file
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)
