"""A small HTTP client for machines without wrk: a few kept connections, one request at a time."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from statistics import quantiles

import httptools
from typing_extensions import override


async def pour(
    port: int, requests: Sequence[bytes], *, clients: int, seconds: float
) -> Sequence[float]:
    """Return how many were answered and how many of them refused, the seconds, p50, p99 in ms."""
    waiting = cycle(requests)
    connections = [_Connection(waiting) for _ in range(clients)]
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for connection in connections:
        await loop.create_connection(lambda each=connection: each, "127.0.0.1", port)  # type: ignore[misc] # the default binds it
    await asyncio.sleep(seconds)
    duration = time.perf_counter() - started
    times = sorted(each for connection in connections for each in connection.times)
    failed = sum(connection.failed for connection in connections)
    for connection in connections:
        connection.close()
    cuts = quantiles(times, n=100)
    return [len(times), failed, duration, cuts[49] * 1000, cuts[98] * 1000]


class _Connection(asyncio.Protocol):
    def __init__(self, waiting: Iterator[bytes]) -> None:
        self._waiting = waiting
        self._sent_at = 0.0
        self.times: list[float] = []
        self.failed = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP connection
        self._transport = transport
        self._send()

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.times.append(time.perf_counter() - self._sent_at)
        self.failed += self._parser.get_status_code() >= 400  # noqa: PLR2004 - a refusal
        self._send()

    def close(self) -> None:
        self._transport.abort()

    def _send(self) -> None:
        # A parser that has met the end of an answer is done; a new one costs little.
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._waiting))
