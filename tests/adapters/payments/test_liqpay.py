"""The adapter of LiqPay over real HTTP: its two signatures, its hryvnias, its sandbox."""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from app.adapters.acquirers.liqpay import LiqPayAcquirer, LiqPayKeys
from app.adapters.acquirers.liqpay_signature import Version, is_signed, sign
from app.models.money import Money
from app.models.payments.acquiring import (
    AcquirerRefused,
    AcquirerUnavailable,
    ChargeStatus,
    ChargeUnknown,
    NotificationForged,
)
from tests.adapters.payments.checkouts import CHECKOUT
from tests.fakes.http_server import Asked, FakeHttpServer, Fault, running_http_server

PRIVATE = "your_private_key"
SAID: dict[str, Any] = {
    "order_id": CHECKOUT.reference,
    "status": "success",
    "amount": 42.5,
    "currency": "UAH",
    "receiver_commission": 0.64,
    "create_date": 1764000000000,
    "end_date": 1764000060000,
    "sender_card_mask2": "424242*42",
}


@dataclass
class FakeLiqPay:
    version: Version
    says: dict[str, Any] = field(default_factory=SAID.copy)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert is_signed(form["signature"], form["data"], key=PRIVATE, version=self.version)
        self.asked.append(json.loads(b64decode(form["data"])))
        return 200, json.dumps(self.says).encode()


@pytest.fixture(params=list(Version))
def liqpay(request: pytest.FixtureRequest) -> FakeLiqPay:
    return FakeLiqPay(request.param)


@pytest.fixture
async def server(liqpay: FakeLiqPay) -> AsyncIterator[FakeHttpServer]:
    async with running_http_server(liqpay.answer) as server:
        yield server


def keys(version: Version) -> LiqPayKeys:
    return LiqPayKeys(public="i1", private=PRIVATE, version=version)


@pytest.fixture
async def acquirer(liqpay: FakeLiqPay, server: FakeHttpServer) -> AsyncIterator[LiqPayAcquirer]:
    async with httpx.AsyncClient(base_url=server.url) as http:
        yield LiqPayAcquirer(http, keys=keys(liqpay.version), longest_call=0.5)


@pytest.mark.parametrize(
    ("version", "signature"),
    [
        (Version.V3, "tp+ZLmKm1/E83dIzUpx5ljcttP4="),
        (Version.V7, "ZsPPnP2GD1ucBV6iz8qYeZHDTdnHaXJ2MSdERXL37aY="),
    ],
)
def test_signatures_are_the_documented_ones(version: Version, signature: str) -> None:
    assert sign("base64_post_string", key=PRIVATE, version=version) == signature
    assert not is_signed(signature, "base64_post_string ", key=PRIVATE, version=version)
    assert not is_signed("підпис", "base64_post_string", key=PRIVATE, version=version)


async def test_a_page_is_an_address_that_is_signed(
    acquirer: LiqPayAcquirer, liqpay: FakeLiqPay, server: FakeHttpServer
) -> None:
    page = await acquirer.create(CHECKOUT)
    url = urlsplit(page.url)
    form = {name: values[0] for name, values in parse_qs(url.query).items()}
    order = json.loads(b64decode(form["data"]))

    assert (page.provider_ref, url.path) == (CHECKOUT.reference, "/api/3/checkout")
    assert is_signed(form["signature"], form["data"], key=PRIVATE, version=liqpay.version)
    assert (order["amount"], order["currency"], order["version"]) == (
        "42.00",
        "UAH",
        liqpay.version,
    )
    assert order["expired_date"] == "2026-11-25 11:00:00"
    assert server.asked == []


async def test_a_charge_is_in_hryvnias(acquirer: LiqPayAcquirer, liqpay: FakeLiqPay) -> None:
    charge = await acquirer.status(CHECKOUT.reference)

    assert liqpay.asked[0]["action"] == "status"
    assert (charge.status, charge.amount, charge.received, charge.fee) == (
        ChargeStatus.SUCCEEDED,
        Money(4250),
        Money(4250),
        Money(64),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("wait_accept", ChargeStatus.SUCCEEDED),
        ("reversed", ChargeStatus.REVERSED),
        ("hold_wait", ChargeStatus.HELD),
        ("3ds_verify", ChargeStatus.PROCESSING),
        ("error", ChargeStatus.FAILED),
        ("sandbox", ChargeStatus.FAILED),
        ("something_new", ChargeStatus.UNKNOWN),
        (None, ChargeStatus.UNKNOWN),
    ],
)
async def test_their_words_become_ours(
    acquirer: LiqPayAcquirer, liqpay: FakeLiqPay, word: str | None, status: ChargeStatus
) -> None:
    liqpay.says |= {"status": word}
    charge = await acquirer.status(CHECKOUT.reference)

    assert charge.status is status
    assert bool(charge.received) is (status is ChargeStatus.SUCCEEDED)


async def test_test_mode_counts_as_paid_only_where_it_may(
    liqpay: FakeLiqPay, server: FakeHttpServer
) -> None:
    liqpay.says |= {"status": "sandbox"}
    async with httpx.AsyncClient(base_url=server.url) as http:
        lenient = LiqPayAcquirer(http, keys=keys(liqpay.version), takes_sandbox=True)

        assert (await lenient.status("x")).status is ChargeStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("returned", "received"), [(None, 4250), (0, 4250), (10.05, 3245), ("42.50", 0), (99, 0)]
)
async def test_what_went_back_is_not_with_us(
    acquirer: LiqPayAcquirer, liqpay: FakeLiqPay, returned: object, received: int
) -> None:
    liqpay.says |= {"refund_amount": returned, "refund_date_last": 1764000099000}
    charge = await acquirer.status(CHECKOUT.reference)

    assert charge.received == Money(received)
    assert charge.modified_at.timestamp() == 1764000099


@pytest.mark.parametrize(
    "changes", [{"amount": "42.505"}, {"amount": True}, {"end_date": "x"}, {"order_id": 5}]
)
async def test_an_answer_of_another_kind_is_unreadable(
    acquirer: LiqPayAcquirer, liqpay: FakeLiqPay, changes: dict[str, Any]
) -> None:
    liqpay.says |= changes
    with pytest.raises(AcquirerUnavailable):
        await acquirer.status(CHECKOUT.reference)


async def test_another_currency_never_fits(acquirer: LiqPayAcquirer, liqpay: FakeLiqPay) -> None:
    liqpay.says |= {"currency": "XXX"}

    assert (await acquirer.status("x")).currency == 999


@pytest.mark.parametrize("fault", list(Fault))
async def test_every_bad_day_is_unavailable(
    acquirer: LiqPayAcquirer, server: FakeHttpServer, fault: Fault
) -> None:
    server.fault = fault
    with pytest.raises(AcquirerUnavailable):
        await acquirer.status(CHECKOUT.reference)


async def test_their_refusals_are_told_apart(acquirer: LiqPayAcquirer, liqpay: FakeLiqPay) -> None:
    liqpay.says = {"result": "error", "err_code": "payment_not_found"}
    with pytest.raises(ChargeUnknown):
        await acquirer.status("x")
    liqpay.says = {"result": "error", "err_code": "err_access"}
    with pytest.raises(AcquirerRefused):
        await acquirer.refund("x", reference="r", amount=Money(100))
    with pytest.raises(AcquirerRefused):
        await acquirer.remove("x")


async def test_refunds_and_holds_are_asked_for_in_hryvnias(
    acquirer: LiqPayAcquirer, liqpay: FakeLiqPay
) -> None:
    liqpay.says |= {"status": "reversed"}
    outcome = await acquirer.refund("x", reference="r", amount=Money(1005))
    await acquirer.finalize("x", Money(4000))

    assert outcome is ChargeStatus.SUCCEEDED
    assert [(each["action"], each["amount"]) for each in liqpay.asked] == [
        ("refund", "10.05"),
        ("hold_completion", "40.00"),
    ]


async def test_a_notification_is_read_if_it_is_signed(
    acquirer: LiqPayAcquirer, liqpay: FakeLiqPay
) -> None:
    data = b64encode(json.dumps(SAID).encode()).decode()
    form = {"data": data, "signature": sign(data, key=PRIVATE, version=liqpay.version)}

    charge = await acquirer.read_notification({}, urlencode(form).encode())
    assert (charge.reference, charge.received) == (CHECKOUT.reference, Money(4250))

    other = sign(data, key="other", version=liqpay.version)
    for forged in (b"", b"data=x", b"\xff", urlencode(form | {"signature": other}).encode()):
        with pytest.raises(NotificationForged):
            await acquirer.read_notification({}, forged)
