import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def wait_until(is_so: Callable[[], bool], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@contextmanager
def sent_to_ourselves(number: signal.Signals, *, when: Callable[[], bool]) -> Iterator[None]:
    """Send this process a signal while the main thread is busy inside, but never afterwards."""
    finished = threading.Event()

    def send() -> None:
        with suppress(AssertionError):
            wait_until(lambda: finished.is_set() or when(), seconds=30.0)
        if not finished.is_set():
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(process_id)


def _is_zombie(process_id: int) -> bool:
    # An orphan stays one where the first process of a container reaps nobody.
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"
