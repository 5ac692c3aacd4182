import re
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import ASGITransport, AsyncClient

from app.main import create_app
from app.routers.http.configuration import HttpConfig
from app.services import Services
from tests.edge.probes import router

UUID_HEX = re.compile(r"[0-9a-f]{32}")
SOME_ID = "0190a0a0-0000-7000-8000-000000000000"


def routes(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (method, re.sub(r"\{\w+(:\w+)?\}", SOME_ID, str(context.path)))
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or ())
        if "probes" not in str(context.path)
    ]


@pytest.mark.parametrize("given", ["mine", "A-1.b_2", "7" * 64])
async def test_a_well_formed_request_id_is_kept(client: AsyncClient, given: str) -> None:
    answer = await client.get("/health/live", headers={"X-Request-ID": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "7" * 65, "a\tb", "<script>", "mine,yours", "№7"])
async def test_any_other_request_id_is_replaced(client: AsyncClient, given: str) -> None:
    answer = await client.get("/health/live", headers={b"X-Request-ID": given.encode()})

    assert UUID_HEX.fullmatch(answer.headers["x-request-id"])


async def test_every_route_answers_with_our_headers(client: AsyncClient, app: FastAPI) -> None:
    found = routes(app)
    assert len(found) > 20

    for method, path in found:
        answer = await client.request(method, path)
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["strict-transport-security"].startswith("max-age="), path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["content-language"] in {"uk", "en"}, path
        assert headers["x-request-id"], path
        assert "set-cookie" not in headers, path
        if path.startswith("/v1/"):
            assert headers["cache-control"] == "no-store", path


async def test_every_refusal_of_every_route_is_a_problem(client: AsyncClient, app: FastAPI) -> None:
    for method, path in routes(app):
        answer = await client.request(method, path)
        if answer.is_error:
            assert answer.headers["content-type"] == "application/problem+json", path
            assert answer.json()["code"], path


async def test_plain_http_promises_no_https(services: Services) -> None:
    app = create_app(services, http_config=HttpConfig(public_url="http://localhost:8000"))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://cabinet") as client:
        answer = await client.get("/health/live")

    assert "strict-transport-security" not in answer.headers


async def test_a_head_is_a_get_without_its_body(client: AsyncClient) -> None:
    get, head = await client.get("/docs"), await client.head("/docs")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-type"] == get.headers["content-type"]


async def test_a_head_of_something_to_post_to_is_refused(client: AsyncClient) -> None:
    answer = await client.head("/v1/probes/things")

    assert (answer.status_code, answer.content) == (405, b"")


async def test_one_line_is_written_for_each_request(client: AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        await client.get("/v1/probes/numbers/7?phone=380671234588")

    [line] = lines
    milliseconds = line.pop("ms")
    assert 0 <= milliseconds < 10_000
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/v1/probes/numbers/{number}",
        "status": 200,
        "member": None,
    }


async def test_the_line_carries_the_request_id(client: AsyncClient) -> None:
    seen: list[dict[str, Any]] = []
    with structlog.testing.capture_logs():
        await client.get("/v1/nothing", headers={"X-Request-ID": "mine"})
        seen.append(structlog.contextvars.get_contextvars())

    assert seen == [{"request_id": "mine"}]


async def test_requests_are_counted_by_route_and_never_by_address(client: AsyncClient) -> None:
    await client.get("/v1/probes/numbers/7")
    await client.get("/v1/probes/numbers/8")
    await client.get("/v1/nothing/380671234588")
    await client.request("BREW", "/health/live")

    text = (await client.get("/metrics")).text

    route = 'method="GET",route="/v1/probes/numbers/{number}"'
    assert f'cabinet_http_requests_total{{{route},status="200"}} 2.0' in text
    assert f"cabinet_http_request_seconds_count{{{route}}} 2.0" in text
    assert 'cabinet_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "38067" not in text


@pytest.fixture
def http_config() -> HttpConfig:
    return HttpConfig(
        public_url="https://cabinet.example", allowed_origins=("https://web.example",)
    )


async def test_a_known_origin_may_call_and_read_even_errors(client: AsyncClient) -> None:
    for path in ("/health/live", "/v1/nothing", "/v1/probes/boom"):
        answer = await client.get(path, headers={"Origin": "https://web.example"})

        assert answer.headers["access-control-allow-origin"] == "https://web.example"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://web.example.evil", "http://web.example", "null"]
)
async def test_an_unknown_origin_gets_no_permission(client: AsyncClient, origin: str) -> None:
    answer = await client.get("/health/live", headers={"Origin": origin})

    assert "access-control-allow-origin" not in answer.headers


async def test_a_preflight_is_answered(client: AsyncClient) -> None:
    answer = await client.options(
        "/v1/sessions",
        headers={
            "Origin": "https://web.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
        },
    )

    assert answer.status_code == 200
    assert "POST" in answer.headers["access-control-allow-methods"]


async def test_no_origin_is_allowed_unless_configured(services: Services) -> None:
    app = create_app(services, extra_routers=[router])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://cabinet") as client:
        answer = await client.get("/health/live", headers={"Origin": "https://web.example"})

    assert "access-control-allow-origin" not in answer.headers
