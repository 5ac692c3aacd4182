from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from starlette.types import Message

from app.access import Credentials
from app.routers.http.bodies import is_too_deep
from app.routers.http.body_limits import USUAL, stated_for, takes_up_to
from app.security.access_tokens import AccessTokens
from tests.edge.probes import LARGE, make_large_thing, make_thing
from tests.fakes.clock import FrozenClock

JSON = {"Content-Type": "application/json"}
GOOD = b'{"parts": [{"value": "1"}]}'


async def stream(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 4096 + 1):
        yield b" " * 4096


async def refusal(
    client: AsyncClient, content: bytes, headers: dict[str, str] = JSON
) -> tuple[int, str]:
    answer = await client.post("/v1/probes/things", content=content, headers=headers)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{bad}",
        b"nonsense",
        b'{"name": "' + b"\xff" + b'"}',
        '{"name": "abc"}'.encode("utf-16"),
        '{"name": "abc"}'.encode("utf-16-le"),
        '{"name": "abc"}'.encode("utf-32"),
        b"[" * 33 + b"]" * 33,
        b'{"parts":' * 40 + b"1" + b"}" * 40,
        b"[" * 10_000,
        b"[" * 40 + b"}" * 40,
        b'{"name": "\\ud800", "parts": [{"value": "1"}]}',
        b'{"size": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": 1, "parts": [{"value": "1"}]}',
    ],
)
async def test_what_cannot_be_read_is_refused_as_such(client: AsyncClient, content: bytes) -> None:
    assert await refusal(client, content) == (400, "malformed_json")


@pytest.mark.parametrize(
    "content",
    [
        b'{"size": 1e999, "parts": [{"value": "1"}]}',
        b'{"size": NaN, "parts": [{"value": NaN}]}',
        b'{"size": 99999999999999999999999, "parts": [{"value": "1"}]}',
        b'{"parts": [{"value": 1e999}]}',
        b"1",
        b"null",
        b'"text"',
        b"",
    ],
)
async def test_readable_nonsense_is_invalid(client: AsyncClient, content: bytes) -> None:
    assert await refusal(client, content) == (422, "validation_failed")


async def test_brackets_within_strings_do_not_count_as_depth(client: AsyncClient) -> None:
    content = b'{"name": "' + b'[{\\"' * 50 + b'", "parts": [{"value": "1"}]}'

    assert await refusal(client, content) == (422, "validation_failed")


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * 32 + b"]" * 32, False),
        (b"[" * 33 + b"]" * 33, True),
        (b"[[]," * 30 + b"1" + b"]" * 30, False),
        (b"[" + b"{},[]," * 10_000 + b"{}]", False),
        (b'"' * 100_001 + b"[" * 40, False),
        (b'"\\' * 100_000, False),
        (b'\\"' * 100_000 + b"[" * 40, False),
    ],
)
def test_depth_is_counted_in_linear_time(body: bytes, deep: bool) -> None:  # noqa: FBT001 - a case
    assert is_too_deep(body) is deep


async def test_a_byte_order_mark_is_forgiven(client: AsyncClient) -> None:
    answer = await client.post("/v1/probes/things", content=b"\xef\xbb\xbf" + GOOD, headers=JSON)

    assert answer.status_code == 200


async def test_a_large_body_is_refused_by_what_it_declares(client: AsyncClient) -> None:
    answer = await client.post("/v1/probes/things", content=b" " * (USUAL + 1), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


async def test_a_large_body_is_refused_while_it_arrives(client: AsyncClient) -> None:
    answer = await client.post("/v1/probes/things", content=stream(USUAL), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["x-request-id"]


async def test_a_body_of_the_full_size_comes_in(client: AsyncClient) -> None:
    content = GOOD + b" " * (USUAL - len(GOOD))

    answer = await client.post("/v1/probes/things", content=content, headers=JSON)

    assert answer.status_code == 200


@pytest.fixture
def token(access_tokens: AccessTokens, clock: FrozenClock) -> str:
    who = Credentials(organization_id=uuid4(), session_id=uuid4(), member_id=uuid4())
    return access_tokens.issue(who, now=clock.now())


@pytest.mark.parametrize("sent_as", ["whole", "stream"])
@pytest.mark.parametrize(
    ("path", "authorization", "size", "status"),
    [
        ("large-things", "Bearer {token}", LARGE, 200),
        ("large-things", "Bearer {token}", LARGE + 1, 413),
        ("large-things", "Bearer {token}x", USUAL + 1, 401),
        ("large-things", "", USUAL + 1, 401),
        ("large-things", "", USUAL, 200),
        ("things", "Bearer {token}", USUAL + 1, 413),
    ],
)
async def test_more_comes_in_where_a_route_says_so_and_the_token_is_good(
    client: AsyncClient,
    token: str,
    path: str,
    authorization: str,
    size: int,
    status: int,
    sent_as: str,
) -> None:
    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    body = GOOD + b" " * (size - len(GOOD))
    answer = await client.post(
        f"/v1/probes/{path}",
        content=body if sent_as == "whole" else pieces(body),
        headers={**JSON, "Authorization": authorization.format(token=token)},
    )

    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


@pytest.mark.parametrize("size", [USUAL, 1024 * 1024 + 1])
def test_no_route_states_less_than_usual_or_more_than_a_mebibyte(size: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        takes_up_to(size)


def test_a_route_that_states_nothing_takes_the_usual() -> None:
    assert (stated_for(make_thing), stated_for(make_large_thing)) == (USUAL, LARGE)


@pytest.mark.parametrize("coding", ["gzip", "br", "x-gzip", "identity, gzip", "nonsense"])
async def test_an_encoded_body_is_refused_as_such(client: AsyncClient, coding: str) -> None:
    headers = {**JSON, "Content-Encoding": coding}

    assert await refusal(client, GOOD, headers) == (415, "unsupported_content_encoding")


async def test_identity_is_no_encoding(client: AsyncClient) -> None:
    headers = {**JSON, "Content-Encoding": "Identity"}
    answer = await client.post("/v1/probes/things", content=GOOD, headers=headers)

    assert answer.status_code == 200


async def test_a_stream_of_nothing_needs_no_media_type(client: AsyncClient) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        yield b""

    answer = await client.put("/v1/probes/things", content=nothing())

    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_only_json_comes_in(client: AsyncClient, media_type: str, method: str) -> None:
    answer = await client.request(
        method, "/v1/probes/things", content=GOOD, headers={"Content-Type": media_type}
    )

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "nothing", 404), ("PATCH", "things", 405)]
)
async def test_where_nothing_is_served_no_type_is_wrong(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(
        method,
        f"/v1/probes/{path}",
        content=GOOD,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert answer.status_code == status


async def test_a_stream_of_another_type_is_not_read_to_its_end(client: AsyncClient) -> None:
    answer = await client.post("/v1/probes/things", content=stream(USUAL))

    assert answer.status_code == 415


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_spelled_with_a_charset(client: AsyncClient, media_type: str) -> None:
    answer = await client.post(
        "/v1/probes/things", content=GOOD, headers={"Content-Type": media_type}
    )

    assert answer.status_code == 200


async def test_no_body_needs_no_media_type(client: AsyncClient) -> None:
    answer = await client.put("/v1/probes/things")

    assert answer.status_code == 200


async def test_a_client_that_hangs_up_gets_nothing(app: FastAPI) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/probes/things",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await app(scope, receive, send)

    assert sent == []


async def test_a_body_without_announcement_is_found_all_the_same(app: FastAPI) -> None:
    # As HTTP/2 brings it: neither a length nor a transfer encoding.
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": GOOD, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/probes/things",
        "query_string": b"",
        "headers": [],
    }
    await app(scope, receive, send)

    assert sent[0]["status"] == 415
