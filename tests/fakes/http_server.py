"""An HTTP/1.1 server on a real port, that answers as a test says, with all bad days of servers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

from typing_extensions import override


class Fault(Enum):
    """What goes wrong with every request until it is set back to None."""

    SERVER_ERROR = auto()
    TOO_MANY_REQUESTS = auto()
    HANG = auto()
    CUT_OFF = auto()
    """The request is carried out, and the connection ends in the middle of the answer."""
    HALF_AN_ANSWER = auto()
    """The request is carried out; the body is well framed and half the JSON."""
    NOT_JSON = auto()
    WRONG_SHAPE = auto()
    DEEP = auto()
    ENDLESS = auto()
    """The answer never ends, and comes fast."""
    TRICKLE = auto()
    """The answer comes a byte at a time, and never ends."""


REFUSALS = {
    Fault.SERVER_ERROR: (502, b"<h1>Bad gateway</h1>"),
    Fault.TOO_MANY_REQUESTS: (429, b'{"errCode": "TMR"}'),
    Fault.NOT_JSON: (200, b"OK"),
    Fault.WRONG_SHAPE: (200, b'["created"]'),
    Fault.DEEP: (200, b"[" * 100_000),
}
"""Answers that never look at the request."""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    """With the query."""
    head: str
    body: bytes


Answering = Callable[[Asked], tuple[int, bytes]]


@dataclass(kw_only=True)
class Listening:
    """Reads one request of each connection; what is answered is said by who is made of it."""

    url: str = ""
    _server: asyncio.Server | None = None
    _port: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Open the port: the same again after a `stop`, as a provider's address stays."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Go down: connections are refused until the next `start`."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        # A client that gives up, or a server going down, is what the test is about.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            method, path, _ = head.split(" ", 2)
            await self._answer(Asked(method, path, head, body), writer)
        self._open.discard(task)
        writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


@dataclass
class FakeHttpServer(Listening):
    answering: Answering
    asked: list[Asked] = field(default_factory=list)
    fault: Fault | None = None

    @override
    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        fault = self.fault
        if fault is Fault.HANG:
            await asyncio.Event().wait()
        if fault in {Fault.TRICKLE, Fault.ENDLESS}:
            await _stream(writer, pause=0.02 if fault is Fault.TRICKLE else 0)
        if fault in REFUSALS:
            status, body = REFUSALS[fault]
            return await _reply(writer, status, body, length=len(body))
        status, body = self.answering(asked)
        whole = len(body)
        if fault in {Fault.CUT_OFF, Fault.HALF_AN_ANSWER}:
            body = body[: whole // 2]
        length = whole if fault is Fault.CUT_OFF else len(body)
        return await _reply(writer, status, body, length=length)


@asynccontextmanager
async def running_http_server(answering: Answering) -> AsyncIterator[FakeHttpServer]:
    server = FakeHttpServer(answering)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def _reply(writer: asyncio.StreamWriter, status: int, body: bytes, *, length: int) -> None:
    head = (
        f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, *, pause: float) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
    for _ in range(100_000):
        writer.write(b" " if pause else b" " * 4096)
        await writer.drain()
        await asyncio.sleep(pause)
