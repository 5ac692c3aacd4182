"""What a client cannot make the server wait for or keep, over real sockets (security.md A14)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from app.arrival.protocol import LARGEST_HEAD, MOST_PIPELINED, BoundedHttp
from tests.edge.sockets import Connection, Site, served

SHORT = 0.4
MOST = 4


class Hasty(BoundedHttp):
    """The same protocol for a test that does not want to wait ten seconds."""

    patience = SHORT
    longest_stall = SHORT
    most = MOST


@pytest.fixture
async def site(app: FastAPI) -> AsyncIterator[Site]:
    async with served(app, BoundedHttp) as site:
        yield site


@pytest.fixture
async def hasty(app: FastAPI) -> AsyncIterator[Site]:
    async with served(app, Hasty) as site:
        yield site


def get(path: str = "/health/live", *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path.encode() + b" HTTP/1.1", b"Host: x", *headers, b"", b""])


def post(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /v1/probes/things HTTP/1.1", b"Host: x", b"Content-Type: application/json"]
    return b"\r\n".join([*lines, *headers, b"", b""]) + body


GOOD = b'{"parts": [{"value": "1"}]}'
LENGTH = b"Content-Length: %d" % len(GOOD)
CHUNKED = b"Transfer-Encoding: chunked"


async def test_headers_of_the_full_size_come_in(site: Site) -> None:
    connection = await site.connect()

    await connection.send(get("/health/live", b"X-Long: " + b"a" * (LARGEST_HEAD - 200)))

    assert (await connection.answer())[0] == 200


@pytest.mark.parametrize(
    "request_",
    [
        get("/health/live", b"X-Long: " + b"a" * LARGEST_HEAD),
        get("/health/live", *(b"X-%d: a" % number for number in range(5000))),
        get("/" + "a" * LARGEST_HEAD),
        b"GET /health/live HTTP/1.1\r\nX-Endless: " + b"a" * 2 * LARGEST_HEAD,
        b"GET /" + b"a" * 2 * LARGEST_HEAD,
        get() + b"GET /health/live HTTP/1.1\r\nX-Endless: " + b"a" * 2 * LARGEST_HEAD,
    ],
    ids=["one", "many", "address", "endless", "endless-address", "second"],
)
async def test_larger_headers_are_refused(site: Site, request_: bytes) -> None:
    connection = await site.connect()

    await connection.send(request_)

    if request_.startswith(get()):
        assert (await connection.answer())[0] == 200
    assert (await connection.problem())["code"] == "headers_too_large"


async def test_a_refused_client_that_goes_on_sending_still_reads_why(site: Site) -> None:
    connection = await site.connect()
    await connection.send(b"GET / HTTP/1.1\r\nX-Endless: ")

    for _ in range(100):
        await connection.send(b"a" * 65536)

    assert (await connection.problem())["code"] == "headers_too_large"


async def test_what_follows_a_chunked_body_is_bounded_too(site: Site) -> None:
    connection = await site.connect()
    await connection.send(post(b"1b\r\n" + GOOD + b"\r\n0\r\nX-Trailer: ", CHUNKED))

    await connection.send(b"a" * 20 * LARGEST_HEAD)

    assert (await connection.problem())["code"] == "headers_too_large"


async def test_a_body_may_come_in_the_smallest_chunks(site: Site) -> None:
    connection = await site.connect()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD + b" " * 8000)

    await connection.send(post(chunks + b"0\r\n\r\n", CHUNKED))

    assert (await connection.answer())[0] == 200


@pytest.mark.parametrize(
    "half",
    [
        b"G",
        b"GET /health/live HTTP/1.1\r\nHost: ",
        post(GOOD[:-1], LENGTH),
        post(b"1b\r\n" + GOOD[:5], CHUNKED),
    ],
    ids=["method", "headers", "body", "chunk"],
)
async def test_half_a_request_is_refused_in_time(hasty: Site, half: bytes) -> None:
    connection = await hasty.connect()

    await connection.send(half)

    assert (await connection.problem())["code"] == "request_timeout"


async def test_a_byte_now_and_then_buys_no_time(hasty: Site) -> None:
    connection = await hasty.connect()

    async def trickle() -> None:
        await connection.send(b"GET / HTTP/1.1\r\nX-Slow: ")
        while True:
            await connection.send(b"a")
            await asyncio.sleep(SHORT / 8)

    trickling = asyncio.create_task(trickle())
    problem = await connection.problem()
    trickling.cancel()

    assert problem["code"] == "request_timeout"


@pytest.mark.parametrize("words", [b"", b"\r\n\r\n"])
async def test_who_says_nothing_is_not_waited_for(hasty: Site, words: bytes) -> None:
    connection = await hasty.connect()

    await connection.send(words)

    assert await connection.is_closed()


async def test_an_answered_request_whose_body_never_ends_is_not_waited_for(hasty: Site) -> None:
    connection = await hasty.connect()

    await connection.send(get("/health/live", b"Content-Length: 1000"))

    assert (await connection.answer())[0] == 200
    assert await connection.is_closed()


async def test_a_connection_is_kept_for_the_next_request(hasty: Site) -> None:
    connection = await hasty.connect()

    for _ in range(4):
        await connection.send(post(GOOD, LENGTH))
        assert (await connection.answer())[0] == 200
        await asyncio.sleep(SHORT / 2)  # together longer than one request may take


async def test_who_does_not_read_the_answer_is_not_waited_for(app: FastAPI) -> None:
    ended = asyncio.Event()

    @app.get("/v1/probes/endless")
    async def answer_endlessly() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                for _ in range(100_000):
                    yield b"a" * 65536
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return StreamingResponse(pieces())

    async with served(app, Hasty) as site:
        deaf = await site.connect()
        await deaf.send(get("/v1/probes/endless"))

        async with asyncio.timeout(10):
            await ended.wait()


async def test_who_waits_longest_makes_room_for_somebody_else(hasty: Site) -> None:
    slow = [await hasty.connect() for _ in range(MOST)]
    for each in slow:
        await each.send(b"GET / HTTP/1.1\r\n")
        await asyncio.sleep(0.01)

    guest = await hasty.connect()
    await guest.send(get())

    assert (await guest.answer())[0] == 200
    assert await slow[0].is_closed()
    assert (await slow[1].problem())["code"] == "request_timeout"


async def test_nobody_who_is_being_answered_makes_room(app: FastAPI) -> None:
    let_go = asyncio.Event()

    @app.get("/v1/probes/slow")
    async def answer_slowly() -> str:
        await let_go.wait()
        return "slow"

    async with served(app, Hasty) as small:
        busy = [await small.connect() for _ in range(MOST)]
        for each in busy:
            await each.send(get("/v1/probes/slow"))
        await asyncio.sleep(0.1)
        one_too_many = await small.connect()
        problem = await one_too_many.problem()
        let_go.set()

        assert problem["code"] == "busy"
        assert [(await each.answer())[0] for each in busy] == [200] * MOST
        late = await small.connect()
        await late.send(get())
        assert (await late.answer())[0] == 200


@pytest.mark.parametrize("before", [b"", get()])
@pytest.mark.parametrize(
    "words",
    [
        b"\0\0\0\0",
        b"GET / HTTP/9.9\r\n\r\n",
        b"what?\r\n\r\n",
        b"CONNECT somewhere:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST somewhere:80 HTTP/1.1\r\nContent-Length: 5\r\n\r\nwords",
    ],
)
async def test_what_is_not_http_is_a_problem_too(site: Site, before: bytes, words: bytes) -> None:
    connection = await site.connect()
    if before:
        await connection.send(before)
        assert (await connection.answer())[0] == 200

    await connection.send(words)

    assert (await connection.problem())["code"] == "malformed_request"


async def test_requests_may_follow_each_other_and_not_endlessly(site: Site) -> None:
    polite, endless = await site.connect(), await site.connect()

    await polite.send(get() * MOST_PIPELINED)
    await endless.send(get() * 10_000)

    assert [(await polite.answer())[0] for _ in range(MOST_PIPELINED)] == [200] * MOST_PIPELINED
    assert await _closes(endless)


async def _closes(connection: Connection) -> bool:
    try:
        for _ in range(MOST_PIPELINED + 1):
            await connection.answer()
    except (asyncio.IncompleteReadError, ConnectionError):
        return True
    return False
