"""Requests that no client library sends: whatever comes in, the answer is never a 500."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product as every_pair
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.conftest import SMS_TOKEN, Served
from tests.contract.oddities import (
    ADDRESSES,
    BODIES,
    HEADERS,
    METHODS,
    MOMENTS,
    PATHS,
    PERIODS,
    POSTS,
    TEXTS,
    VALUES,
)
from tests.factories.people import PASSWORD


@dataclass(frozen=True)
class Raw:
    """A client that sends what it is told, byte by byte."""

    served: Served

    async def answer(
        self,
        method: str,
        target: str,
        *,
        headers: tuple[tuple[str, bytes], ...] = (),
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        own = {name.lower() for name, _ in headers}
        usual = [("Host", b"cabinet"), ("Connection", b"close")]
        usual += [(name, text.encode()) for name, text in self.served.owner.headers.items()]
        if body is not None:
            usual += [("Content-Type", b"application/json"), ("Content-Length", b"%d" % len(body))]
        lines = [pair for pair in usual if pair[0].lower() not in own] + list(headers)
        head = f"{method} {target} HTTP/1.1\r\n".encode("latin-1")
        head += b"".join(name.encode() + b": " + value + b"\r\n" for name, value in lines)
        return await self.exchange(head + b"\r\n" + (body or b""))

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        address = urlsplit(self.served.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(request)
            answered = await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()
        head, _, body = answered.partition(b"\r\n\r\n")
        return int(head.split()[1]), body


@pytest.fixture
async def raw(product: Served) -> AsyncIterator[Raw]:
    yield Raw(product)
    # Whatever came, the product stands.
    status, _ = await Raw(product).answer("GET", "/v1/me")
    assert status == 200


async def refused_or_served(raw: Raw, requests: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Return the requests that were answered with a 5xx."""
    broken = []
    for method, target, details in requests:
        status, body = await raw.answer(method, target, **details)
        if status >= 500:
            broken.append(f"{method} {target[:100]} {str(details)[:200]}: {status} {body[:200]!r}")
    return broken


async def test_odd_addresses_break_nothing(raw: Raw) -> None:
    assert await refused_or_served(raw, [("GET", path, {}) for path in PATHS]) == []


async def test_odd_methods_break_nothing(raw: Raw) -> None:
    pairs = every_pair(METHODS, ADDRESSES)

    assert await refused_or_served(raw, [(method, path, {}) for method, path in pairs]) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_odd_headers_break_nothing(raw: Raw, method: str) -> None:
    path = "/v1/me" if method == "GET" else "/v1/sessions"
    body = json.dumps({"phone": "0671234567", "password": PASSWORD}).encode()
    details = {"body": body} if method == "POST" else {}

    requests = [(method, path, {"headers": (header,), **details}) for header in HEADERS]

    assert await refused_or_served(raw, requests) == []


async def test_odd_bodies_break_nothing(raw: Raw) -> None:
    pairs = every_pair(POSTS, BODIES)

    assert (
        await refused_or_served(raw, [("POST", path, {"body": each}) for path, each in pairs]) == []
    )


async def test_odd_messages_break_no_inbox(raw: Raw) -> None:
    headers = (("Authorization", f"Bearer {SMS_TOKEN}".encode()), ("Content-Type", b"text/plain"))
    sms = [{"sender": "a", "text": text} for text in (*TEXTS, "\ud800")]
    messages: list[dict[str, Any]] = [
        {"recipients": ["380671234588", None, []], "sms": each} for each in sms
    ]
    bodies = [*BODIES, *(json.dumps(message).encode() for message in messages)]
    sends = [
        ("POST", f"/sandbox/turbosms/message/{route}.json", {"headers": headers, "body": body})
        for route, body in every_pair(("send", "status"), bodies)
    ]

    pages: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/sandbox/sms", {}),
        ("GET", "/sandbox/sms/messages", {}),
    ]

    assert await refused_or_served(raw, [*sends, *pages]) == []


async def test_odd_texts_in_right_places_break_nothing(raw: Raw) -> None:
    known = {name: values[0] for name, values in raw.served.known.items()}
    sign_up = {name: known[name] for name in ("account_number", "tax_id", "password")}
    sign_up["phone"] = known["phone"]
    bodies = [
        *(("/v1/sign-ups", sign_up | {name: text}) for name in sign_up for text in TEXTS),
        *(("/v1/sessions", {"account_number": text, "password": PASSWORD}) for text in TEXTS),
        *(("/v1/password-resets", {"account_number": text}) for text in TEXTS),
        *(("/v1/sessions", {"phone": sign_up["phone"], "password": text}) for text in TEXTS),
        *(("/v1/sessions/refresh", {"refresh_token": text}) for text in TEXTS),
        *((f"/v1/sign-ups/{known['sign_up_id']}/confirmations", {"code": text}) for text in TEXTS),
    ]

    # With a key the texts also become part of what is kept of the request.
    requests = [
        ("POST", path, {"body": json.dumps(body).encode(), "headers": headers})
        for (path, body), headers in every_pair(bodies, ((), (("Idempotency-Key", b"k-1"),)))
    ]

    assert await refused_or_served(raw, requests) == []


async def test_odd_readings_break_nothing(raw: Raw) -> None:
    known = {name: values[0] for name, values in raw.served.known.items()}
    path = f"/v1/accounts/{known['account_id']}/readings"
    reading = {"register_id": known["register_id"], "value": "1750"}
    bodies: list[dict[str, Any]] = [
        *({"readings": [reading | {"taken_at": moment}]} for moment in MOMENTS),
        *({"readings": [reading | {"value": value}]} for value in VALUES),
        *({"readings": [reading], "period": period} for period in PERIODS),
        {"readings": [reading] * 200},
        {"readings": [reading] * 201},
    ]

    requests = [
        ("POST", path, {"body": json.dumps(body | {"dry_run": dry}).encode()})
        for body, dry in every_pair(bodies, (True, False))
    ]

    assert await refused_or_served(raw, requests) == []


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"POST /v1/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/me HTTP/1.1\r\n: nameless\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_as_such(raw: Raw, request_: bytes) -> None:
    status, _ = await raw.exchange(request_)

    assert status == 400
