"""TurboSMS's HTTP API, as far as we use it, listening on a real port, with all its bad days."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from uuid import uuid4

from typing_extensions import override

from tests.fakes.http_server import Asked, Listening

LONGEST_WAIT = 20
"""Seconds in which whoever is to call the gateway does, on a slow machine too."""
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
class FakeSmsGateway(Listening):
    token: str = "test-token"
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

    def code_sent_to(self, phone: str) -> str:
        """Return the code in the newest SMS to a phone, in any spelling with its digits."""
        texts = [sms.text for sms in self.sent if sms.phone == _digits(phone)]
        assert texts, f"no SMS was sent to {phone}"
        text = texts[-1]
        found = CODE_LINE.match(text.splitlines()[-1])
        assert found, "the last line of the SMS holds no code"
        return found[1]

    async def until_called(self) -> None:
        """Wait for a request, for seconds at most."""
        async with asyncio.timeout(LONGEST_WAIT):
            await self.called.wait()

    @override
    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.called.set()
        await asyncio.sleep(self.delay)
        if self.fault is Fault.HANG:
            await asyncio.Event().wait()
        if self.fault in REFUSALS:
            status, words = REFUSALS[self.fault]
            return await _reply(writer, words, status=status)
        if self.fault is Fault.TRICKLE:
            await _trickle(writer)
        answer = json.dumps(self._respond(asked.head, json.loads(asked.body))).encode()
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
