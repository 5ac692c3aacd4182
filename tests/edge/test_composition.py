"""What starts, and what refuses to."""

import gc
import logging
from collections.abc import Iterator

import pytest
import structlog
from httpx import ASGITransport, AsyncClient
from starlette.types import Message

from app.main import build
from app.services.payments.use_cases import Payments
from app.settings import SettingsRefused
from tests.edge.conftest import NOWHERE
from tests.factories.keys import new_signing_key

GOOD = {
    "CABINET_MODE": "production",
    "CABINET_PUBLIC_URL": "https://cabinet.example",
    "DATABASE_URL": NOWHERE,
    "CABINET_SECRET_KEY": "a secret key for tests, 32 bytes or more",
    "CABINET_SMS_URL": "https://sms.example",
    "CABINET_SMS_TOKEN": "t",
    "CABINET_SMS_SENDER": "Cabinet",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    for name, value in {**GOOD, "CABINET_TOKEN_KEYS": new_signing_key()}.items():
        monkeypatch.setenv(name, value)
    yield monkeypatch
    root.handlers, root.level = before[0], before[1]
    structlog.configure(**before[2])
    gc.unfreeze()


async def test_the_application_starts_serves_and_stops(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CABINET_CONTACT_PHONES", '["0 800 000 000"]')
    app = build()
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://cabinet") as client,
    ):
        contacts = (await client.get("/v1/help/contacts")).json()["items"]
        assert [contact["phone"] for contact in contacts] == ["0 800 000 000"]
        assert (await client.get("/sandbox")).status_code == 404
        assert (await client.get("/v1/help/topics")).headers["strict-transport-security"]

    async with AsyncClient(transport=transport, base_url="http://cabinet") as client:
        assert (await client.get("/health/ready")).json()["code"] == "draining"


async def test_a_server_may_announce_start_and_stop(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CABINET_DATABASE_POOL_SIZE", "2")
    coming: list[Message] = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]
    sent: list[str] = []

    async def receive() -> Message:
        return coming.pop()

    async def send(message: Message) -> None:
        sent.append(message["type"])

    await build()({"type": "lifespan"}, receive, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_the_sandbox_has_its_own_pages(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CABINET_MODE", "sandbox")
    environment.setenv("CABINET_SMS_URL", "http://localhost:8000/sandbox/gateway")
    async with AsyncClient(transport=ASGITransport(build()), base_url="http://cabinet") as client:
        assert (await client.get("/sandbox/sms")).status_code == 200
        assert "/sandbox" not in (await client.get("/openapi.json")).text


@pytest.mark.parametrize(
    "name",
    ["DATABASE_URL", "CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS", "CABINET_SMS_TOKEN"],
)
def test_nothing_starts_without_its_secrets(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)

    with pytest.raises(SettingsRefused, match=name):
        build()


def test_production_refuses_the_sandbox_gateway(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CABINET_SMS_URL", "https://cabinet.example/sandbox/gateway")

    with pytest.raises(SettingsRefused, match="CABINET_SMS_URL"):
        build()


@pytest.mark.parametrize(
    ("variables", "name", "is_there"),
    [
        ({}, "monobank", False),
        ({"CABINET_MONOBANK_TOKEN": "t"}, "monobank", True),
        ({"CABINET_MONOBANK_TOKEN": "t", "CABINET_ACQUIRER": "liqpay"}, "liqpay", False),
        (
            {
                "CABINET_ACQUIRER": "liqpay",
                "CABINET_LIQPAY_PUBLIC_KEY": "i1",
                "CABINET_LIQPAY_PRIVATE_KEY": "k",
                "CABINET_LIQPAY_VERSION": "3",
            },
            "liqpay",
            True,
        ),
    ],
)
def test_a_setting_chooses_who_takes_cards(
    environment: pytest.MonkeyPatch, variables: dict[str, str], name: str, *, is_there: bool
) -> None:
    for variable, value in variables.items():
        environment.setenv(variable, value)
    payments = build().state.services.of(Payments)

    assert payments.payments.gateway.name == name
    assert payments.payments.gateway.is_there is is_there
    assert f"/{name}/notifications" in payments.payments.gateway.notification_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CABINET_ACQUIRER", "fondy"),
        ("CABINET_LIQPAY_VERSION", "5"),
        ("CABINET_LIQPAY_URL", "http://liqpay.example"),
    ],
)
def test_an_acquirer_that_cannot_be_stops_the_start(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)

    with pytest.raises(SettingsRefused, match=name):
        build()


def test_a_proxy_that_is_no_network_stops_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CABINET_TRUSTED_PROXIES", '["not a network"]')

    with pytest.raises(SettingsRefused, match="CABINET_TRUSTED_PROXIES"):
        build()


def test_codes_that_are_guessed_too_often_stop_the_start(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("CABINET_WRONG_CODES_A_DAY", "13")
    build()
    environment.setenv("CABINET_WRONG_CODES_A_DAY", "14")

    arithmetic = r"CABINET_WRONG_CODES_A_DAY: 14 wrong codes a day x 365 days / 10\^6 .* = 0.00511"
    with pytest.raises(SettingsRefused, match=arithmetic):
        build()
