"""Requests that no client library sends: whatever comes in, the answer is never a 500."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product as every_pair
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.contract.conftest import Served
from tests.factories.people import PASSWORD

NOWHERE: Final = "00000000-0000-0000-0000-000000000000"
ENDLESS: Final = "a" * 60_000

PATHS: Final = [
    "/v1/accounts?cursor=%ff%fe",
    "/v1/accounts?cursor=%00",
    "/v1/accounts?cursor=%ed%a0%80",
    "/v1/accounts?cursor=%",
    "/v1/accounts?cursor=%zz&limit=%zz",
    "/v1/accounts?cursor=\xff\xfe",
    "/v1/accounts?status=linked&status=available",
    "/v1/accounts?limit=1&limit=2",
    "/v1/accounts?limit=" + "9" * 5000,
    "/v1/accounts?limit=1e3",
    "/v1/accounts?limit=%D9%A3",
    "/v1/accounts?" + "a=b&" * 5000,
    "/v1/accounts/%00",
    "/v1/accounts/%ff",
    "/v1/accounts/%2e%2e%2f%2e%2e",
    "/v1/accounts/../../etc/passwd",
    "/v1/accounts/" + ENDLESS,
    f"/v1/accounts/{NOWHERE}%00",
    f"/v1/accounts/{NOWHERE}/readings?from=0000-00",
    f"/v1/accounts/{NOWHERE}/readings?from=1990-01&to=2199-12",
    f"/v1/accounts/{NOWHERE}/readings?from=2199-12&to=1990-01",
    f"/v1/accounts/{NOWHERE}/readings?from=%D9%A2%D9%A0%D9%A2%D9%A6-%D9%A1%D9%A0",
    f"/v1/accounts/{NOWHERE}/consumption?from=2199-12",
    f"/v1/accounts/{NOWHERE}/consumption?to=1990-01",
    f"/v1/accounts/{NOWHERE}/consumption?from=2190-02&to=2199-12",
    "/v1/consumption?to=1990-01",
    "/v1/consumption?to=2199-12",
    "/v1/consumption?from=9999-12&to=0001-01",
    "//v1//me",
    "/v1/me/",
    "/v1/me#fragment",
    "/v1/me;parameter",
    "/%76%31/me",
    "http://elsewhere/v1/me",
    "/problems/%00",
    "/problems/%ff",
    "/problems/..%2f..",
    "/docs/assets/%00",
    "/docs/assets/..%2f..%2fmain.py",
    "/%ff%fe",
    "/" + ENDLESS,
    "*",
]

METHODS: Final = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "QUERY"]
ADDRESSES: Final = ["/v1/me", "/v1/sign-ups", "/health/live", "/openapi.json", "/docs", "/nowhere"]

HEADERS: Final = [
    ("Accept-Language", b"\xff\xfe"),
    ("Accept-Language", b"uk;q=" + b"9" * 400),
    ("Accept-Language", b"uk;q=nan, en;q=inf, ru;q=-1"),
    ("Accept-Language", b"," * 5000),
    ("Accept-Language", b"en-" * 5000),
    ("Accept-Language", "ук".encode()),
    ("Authorization", b""),
    ("Authorization", b"Bearer"),
    ("Authorization", b"Bearer \xff\xfe"),
    ("Authorization", b"Bearer " + b"a" * 50_000),
    ("Authorization", b"Bearer a.b.c"),
    ("Authorization", b"Bearer eyJhbGciOiJub25lIn0.e30."),
    ("Authorization", b"Bearer " + b"W10.W10.W10"),
    ("Authorization", b"Basic " + b"=" * 50),
    ("User-Agent", b"\xff\xfe\x80"),
    ("User-Agent", "Оглядач".encode()),
    ("X-Request-ID", b"\xff"),
    ("X-Request-ID", b"a" * 5000),
    ("X-Forwarded-For", b"\xff, ::::, 1.2.3.4.5"),
    ("X-Forwarded-For", b"fe80::1%eth0"),
    ("Idempotency-Key", b"\xff"),
    ("Idempotency-Key", b"a" * 5000),
    ("Idempotency-Key", b"two words"),
    ("Content-Type", b"application/json; charset=utf-16"),
    ("Content-Type", b"application/json; charset=\xff"),
    ("Content-Type", b"application/json;;;=;"),
    ("Content-Type", b"\xff/\xff"),
    ("Content-Encoding", b"gzip"),
    ("Content-Length", b"99999999999999999999999"),
    ("Expect", b"200-tea"),
    ("Range", b"bytes=5-1"),
    ("If-None-Match", b"\xff"),
    ("If-Modified-Since", b"never"),
    ("Host", b"\xff"),
    ("Cookie", b"\xff=\xff; a"),
    ("Origin", b"null\xff"),
]

BODIES: Final = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"0",
    b"NaN",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"{",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"phone": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"phone": 1' + b"0" * 5000 + b"}",
    b'{"phone": 1e' + b"9" * 400 + b"}",
    b'{"phone": "0", "phone": "1"}',
    b'{"' + b"a" * 100_000 + b'": 1}',
    b'{"__proto__": {}, "constructor": null}',
]

POSTS: Final = [
    "/v1/sign-ups",
    f"/v1/sign-ups/{NOWHERE}/codes",
    f"/v1/sign-ups/{NOWHERE}/confirmations",
    "/v1/sessions",
    "/v1/sessions/refresh",
    f"/v1/accounts/{NOWHERE}/readings",
]

TEXTS: Final = ["\0", "a\0b", "\ufffe", "\U0010ffff", "٢٠٢٦", "١٢٣٤٥٦", "\u202e", "'; --", "%s{0}"]
MOMENTS: Final = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-11-30T10:00:00+23:59",
    "2026-11-30T24:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-11-30T10:00:00.123456789123Z",
    "1" * 5000,
    10**400,
    -62135596801,
    253402300800,
    1e308,
]
VALUES: Final = [
    "-0",
    "-1",
    "9" * 12,
    "9" * 13,
    "1e5",
    "٣",
    " 1",
    "",
    "0." + "9" * 6,
    1e22,
    -0.0,
    1e-7,
]
PERIODS: Final = ["1990-01", "2199-12", "0001-01", "9999-12", "٢٠٢٦-١٠", "2026-1", "", "2026-13"]


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


async def test_odd_texts_in_right_places_break_nothing(raw: Raw) -> None:
    known = {name: values[0] for name, values in raw.served.known.items()}
    sign_up = {name: known[name] for name in ("account_number", "tax_id", "password")}
    sign_up["phone"] = known["phone"]
    bodies = [
        *(("/v1/sign-ups", sign_up | {name: text}) for name in sign_up for text in TEXTS),
        *(("/v1/sessions", {"account_number": text, "password": PASSWORD}) for text in TEXTS),
        *(("/v1/sessions", {"phone": sign_up["phone"], "password": text}) for text in TEXTS),
        *(("/v1/sessions/refresh", {"refresh_token": text}) for text in TEXTS),
        *((f"/v1/sign-ups/{known['sign_up_id']}/confirmations", {"code": text}) for text in TEXTS),
    ]

    requests = [("POST", path, {"body": json.dumps(body).encode()}) for path, body in bodies]

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
