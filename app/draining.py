"""The end of a process that serves: it tells the balancer first, and stops listening later (R9)."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def drain_on_sigterm(tell: Callable[[], None], *, seconds: float) -> Iterator[None]:
    """When SIGTERM comes, `tell` at once, and let the server know so many seconds later.

    Whatever the server does at SIGTERM, it does then; a second SIGTERM reaches it at once, and
    Ctrl-C always does. To be entered inside the server's event loop.
    """
    if not seconds or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    servers_own = signal.getsignal(signal.SIGTERM)

    def pass_on() -> None:
        if signal.getsignal(signal.SIGTERM) is begin:
            signal.signal(signal.SIGTERM, servers_own)
            signal.raise_signal(signal.SIGTERM)

    def begin(_number: int, _frame: FrameType | None) -> None:
        if begun.is_set():
            pass_on()
            return
        begun.set()
        tell()
        loop.call_soon_threadsafe(loop.call_later, seconds, pass_on)

    begun = threading.Event()
    signal.signal(signal.SIGTERM, begin)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is begin:
            signal.signal(signal.SIGTERM, servers_own)
