"""TurboSMS's HTTP API, as far as we use it, listening on a real port, with all its bad days."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from uuid import uuid4

CODE_LINE = re.compile(r"^(?:@\S+ )?#(\d+)$")


class Fault(Enum):
    """What goes wrong with every request until it is set back to None."""

    SERVER_ERROR = auto()
    TOO_MANY_REQUESTS = auto()
    HANG = auto()
    """The request is read, and nothing more happens."""
    ACCEPT_AND_CUT_OFF = auto()
    """The message is taken, and the connection ends in the middle of the answer."""
    HALF_AN_ANSWER = auto()
    """The message is taken; the body is well framed and half the JSON."""
    NOT_JSON = auto()
    WRONG_SHAPE = auto()
    NO_CODE = auto()
    NO_RECIPIENTS = auto()
    TRICKLE = auto()
    """The answer comes a byte at a time, and never ends."""


REFUSALS: Mapping[Fault | None, tuple[str, bytes]] = {
    Fault.SERVER_ERROR: ("502 Bad Gateway", b"<h1>Bad gateway</h1>"),
    Fault.TOO_MANY_REQUESTS: ("429 Too Many Requests", b"slow down"),
    Fault.NOT_JSON: ("200 OK", b"OK"),
    Fault.WRONG_SHAPE: ("200 OK", b'["accepted"]'),
    Fault.NO_CODE: ("200 OK", b'{"response_code": "fine"}'),
    Fault.NO_RECIPIENTS: ("200 OK", b'{"response_code": 800, "response_result": [null]}'),
}
"""Answers that never look at the request."""


@dataclass(frozen=True)
class Sent:
    phone: str
    sender: str
    text: str
    message_id: str


@dataclass
class FakeSmsGateway:
    token: str = "test-token"
    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    calls: int = 0
    fault: Fault | None = None
    code: int | None = None
    """Answer every request with this code, under HTTP 200, and do nothing."""
    accepted_as: int = 800
    recipient_code: int | None = None
    """Accept the request, and answer this code for the recipient."""
    delay: float = 0.0
    """Seconds that each answer takes."""
    status: str = "Delivered"
    """What becomes of every message."""
    statuses: dict[str, str] = field(default_factory=dict)
    """What becomes of one message, by its id."""
    called: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each request; a test clears it to wait for the next."""
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
        if self._server is not None:
            self._server.close()
            for task in list(self._open):
                task.cancel()
            await self._server.wait_closed()
            self._server = None

    def code_sent_to(self, phone: str) -> str:
        """Return the code in the newest SMS to a phone, in any spelling with its digits."""
        text = next(sms.text for sms in reversed(self.sent) if sms.phone == _digits(phone))
        found = CODE_LINE.match(text.splitlines()[-1])
        assert found, "the last line of the SMS holds no code"
        return found[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        # A client that gives up, or a gateway going down, is what the test is about.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            self.calls += 1
            self.called.set()
            await self._answer(head, body, writer)
        self._open.discard(task)
        writer.close()

    async def _answer(self, head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.delay)
        if self.fault is Fault.HANG:
            await asyncio.Event().wait()
        if self.fault in REFUSALS:
            status, words = REFUSALS[self.fault]
            return await _reply(writer, words, status=status)
        if self.fault is Fault.TRICKLE:
            await _trickle(writer)
        answer = json.dumps(self._respond(head, json.loads(body))).encode()
        if self.fault is Fault.HALF_AN_ANSWER:
            return await _reply(writer, answer[: len(answer) // 2])
        if self.fault is Fault.ACCEPT_AND_CUT_OFF:
            return await _reply(writer, answer[: len(answer) // 2], length=len(answer))
        return await _reply(writer, answer)

    def _respond(self, head: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if f"Bearer {self.token}" not in head:
            return _outcome(301, None)
        if self.code is not None:
            return _outcome(self.code, None)
        if head.startswith("POST /message/send.json "):
            return self._send(request)
        if head.startswith("POST /message/status.json "):
            return self._tell(request)
        return _outcome(300, None)

    def _send(self, request: Mapping[str, Any]) -> dict[str, Any]:
        [phone] = request["recipients"]
        if self.recipient_code is not None:
            refused = {"phone": phone, "message_id": None, "response_code": self.recipient_code}
            return _outcome(0, [refused])
        if any(sms.phone == phone and sms.text == request["sms"]["text"] for sms in self.sent):
            return _outcome(427, None)
        sms = Sent(phone, request["sms"]["sender"], request["sms"]["text"], str(uuid4()))
        self.sent.append(sms)
        accepted = {"phone": phone, "message_id": sms.message_id, "response_code": 0}
        return _outcome(self.accepted_as, [accepted])

    def _tell(self, request: Mapping[str, Any]) -> dict[str, Any]:
        states = [
            {
                "message_id": message_id,
                "response_code": 0,
                "status": self.statuses.get(message_id, self.status),
            }
            for message_id in request["messages"]
        ]
        return _outcome(0, states)


@asynccontextmanager
async def running_sms_gateway() -> AsyncIterator[FakeSmsGateway]:
    gateway = FakeSmsGateway()
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


def _outcome(code: int, result: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {"response_code": code, "response_status": f"CODE_{code}", "response_result": result}


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


async def _reply(
    writer: asyncio.StreamWriter, body: bytes, *, status: str = "200 OK", length: int | None = None
) -> None:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def _trickle(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)
