"""Web front ends of other origins, as their browsers ask for them (security.md A13)."""

import pytest
from httpx import AsyncClient, Response

from app.routers.http.configuration import HttpConfig

ORIGIN = "https://web.example"
TRACING = "traceparent, tracestate, sentry-trace, baggage"
REQUEST_ID = 32
"""Hexadecimal digits of an id that we give."""
OURS = "authorization, content-type, idempotency-key, x-device-token, x-request-id"


@pytest.fixture
def http_config() -> HttpConfig:
    return HttpConfig(public_url="https://cabinet.example", allowed_origins=(ORIGIN,))


async def preflight(
    client: AsyncClient, *, origin: str = ORIGIN, method: str = "POST", headers: str = OURS
) -> Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return await client.options("/v1/sessions", headers={"Origin": origin, **asked})


@pytest.mark.parametrize("headers", [OURS, TRACING, f"{OURS}, {TRACING}"])
async def test_our_headers_and_those_of_tracing_may_be_sent(
    client: AsyncClient, headers: str
) -> None:
    answer = await preflight(client, headers=headers)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert len(answer.headers["x-request-id"]) == REQUEST_ID
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "asked",
    [{"origin": "https://evil.example"}, {"method": "TRACE"}, {"headers": "x-anything"}],
)
async def test_a_refused_preflight_is_a_problem(client: AsyncClient, asked: dict[str, str]) -> None:
    answer = await preflight(client, **asked)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (403, "origin_not_allowed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"
