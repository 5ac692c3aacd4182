import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.main import create_app
from app.routers.http.configuration import HttpConfig
from app.services import Services
from tests.fakes.clock import FrozenClock


def client_of(app: FastAPI) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://cabinet")


@pytest.mark.parametrize(
    ("contact", "lines"),
    [
        ("mailto:security@cabinet.example", ["Contact: mailto:security@cabinet.example"]),
        (None, ["Contact: tel:+380442021588"]),
    ],
)
async def test_security_txt_tells_whom_to_write_to(
    services: Services, clock: FrozenClock, contact: str | None, lines: list[str]
) -> None:
    http_config = HttpConfig(
        public_url="https://cabinet.example/",
        contact_phones=("044 202 15 88", "1588"),
        security_contact=contact,
    )
    async with client_of(create_app(services, http_config=http_config, clock=clock)) as client:
        answer = await client.get("/.well-known/security.txt")
        clock.advance(timedelta(days=300))
        later = await client.get("/.well-known/security.txt")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    said = answer.text.splitlines()
    assert [line for line in said if line.startswith("Contact:")] == lines
    assert "Canonical: https://cabinet.example/.well-known/security.txt" in said
    expires = [_expiry(each.text) for each in (answer, later)]
    assert expires[1] - expires[0] == timedelta(days=300)
    assert timedelta(days=1) < expires[1] - clock.now() < timedelta(days=365)


def _expiry(text: str) -> datetime:
    [expires] = re.findall(r"^Expires: (\d{4}-\d\d-\d\dT00:00:00)Z$", text, re.MULTILINE)
    return datetime.fromisoformat(expires).replace(tzinfo=UTC)


@pytest.mark.parametrize("home", ["/docs", "/sandbox"])
async def test_the_bare_address_leads_in(services: Services, home: str) -> None:
    async with client_of(create_app(services, http_config=HttpConfig(home=home))) as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, home)


async def test_where_metrics_have_a_port_of_their_own_nobody_else_sees_them(
    services: Services,
) -> None:
    app = create_app(services, http_config=HttpConfig(shows_metrics=False))
    async with client_of(app) as client:
        answer = await client.get("/metrics")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
