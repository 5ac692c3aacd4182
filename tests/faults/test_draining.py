import asyncio
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from app.draining import drain_on_sigterm
from tests.worker.processes import until


class Server:
    """What a server is to its signals."""

    def __init__(self) -> None:
        self.stops = 0
        self.tellings = 0

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1

    def tell(self) -> None:
        self.tellings += 1

    async def has_stopped(self) -> bool:
        return self.stops > 0


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    before = signal.signal(signal.SIGTERM, server.handle)
    yield server
    signal.signal(signal.SIGTERM, before)


async def test_the_balancer_is_told_first_and_the_server_later(server: Server) -> None:
    with drain_on_sigterm(server.tell, seconds=0.05):
        signal.raise_signal(signal.SIGTERM)
        assert (server.tellings, server.stops) == (1, 0)

        await until(server.has_stopped)

    assert (server.tellings, server.stops) == (1, 1)


async def test_a_second_signal_is_not_kept_waiting(server: Server) -> None:
    with drain_on_sigterm(server.tell, seconds=60):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    assert (server.tellings, server.stops) == (1, 1)


async def test_a_server_that_has_ended_gets_its_handler_back(server: Server) -> None:
    with drain_on_sigterm(server.tell, seconds=0.01):
        signal.raise_signal(signal.SIGTERM)
    # The delayed call finds nothing left to do.
    await asyncio.sleep(0.03)

    assert signal.getsignal(signal.SIGTERM) == server.handle
    assert server.stops == 0


@pytest.mark.parametrize("seconds", [0, 1])
async def test_without_a_drain_or_outside_the_main_thread_signals_are_left_alone(
    server: Server, seconds: float
) -> None:
    def look() -> bool:
        with drain_on_sigterm(server.tell, seconds=seconds):
            return signal.getsignal(signal.SIGTERM) == server.handle

    assert await asyncio.to_thread(look) if seconds else look()
