from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from starlette.types import Message

from app.routers.bodies import LARGEST, is_too_deep

JSON = {"Content-Type": "application/json"}
GOOD = b'{"parts": [{"value": "1"}]}'


async def stream(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65536 + 1):
        yield b" " * 65536


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
        b"[" * 100_000,
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
    answer = await client.post("/v1/probes/things", content=b" " * (LARGEST + 1), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


async def test_a_large_body_is_refused_while_it_arrives(client: AsyncClient) -> None:
    answer = await client.post("/v1/probes/things", content=stream(LARGEST), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["x-request-id"]


async def test_a_body_of_the_full_size_comes_in(client: AsyncClient) -> None:
    content = GOOD + b" " * (LARGEST - len(GOOD))

    answer = await client.post("/v1/probes/things", content=content, headers=JSON)

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


async def test_a_stream_of_another_type_is_not_even_read(client: AsyncClient) -> None:
    answer = await client.post("/v1/probes/things", content=stream(LARGEST))

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
