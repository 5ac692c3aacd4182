"""The adapter of monobank's acquiring over real HTTP, and what it makes of bad answers."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.acquirers.monobank import KEY_REST, MonobankAcquirer
from app.adapters.acquirers.monobank_signature import KeyUnreadable, is_signed, read_key
from app.models.money import Money
from app.models.payments.acquiring import (
    AcquirerRefused,
    AcquirerUnavailable,
    ChargeStatus,
    ChargeUnknown,
    Checkout,
    NotificationForged,
)
from tests.fakes.http_server import Fault
from tests.fakes.monobank import TOKEN, FakeMonobank, running_monobank

PUBLISHED = (
    "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFQUc1LzZ3"
    "NnZubGJZb0ZmRHlYWE4vS29CbVVjTgo3NWJSUWg4MFBhaEdldnJoanFCQnI3OXNSS0JSbnpHODFUZVQ5OEFOakU1c0R3"
    "RmZ5Znhub0ZJcmZBPT0KLS0tLS1FTkQgUFVCTElDIEtFWS0tLS0tCg=="
)
SIGNATURE = (
    "MEUCIQC/mVKhi8FKoayul2Mim3E2oaIOCNJk5dEXxTqbkeJSOQIgOM0hsW0qcP2H8iXy1aQYpmY0SJWEaWur7nQXlKDC"
    "FxA="
)
MOMENT = "2019-08-24T14:15:22Z"
DOCUMENTED = {
    "invoiceId": "p2_9ZgpZVsl3",
    "status": "created",
    "failureReason": "string",
    "amount": 4200,
    "ccy": 980,
    "finalAmount": 4200,
    "createdDate": MOMENT,
    "modifiedDate": MOMENT,
    "reference": "84d0070ee4e44667b31371d8f8813947",
    "cancelList": [
        {
            "status": "processing",
            "amount": 4200,
            "ccy": 980,
            "createdDate": MOMENT,
            "modifiedDate": MOMENT,
            "approvalCode": "662476",
            "rrn": "060189181768",
            "extRef": "635ace02599849e981b2cd7a65f417fe",
        }
    ],
}
BODY = json.dumps(DOCUMENTED, indent=2).encode()
CHECKOUT = Checkout(
    reference="84d0070ee4e44667b31371d8f8813947",
    amount=Money(4200),
    description="о/р 1234567890",
    return_url="https://cabinet.example/paid",
    notification_url="https://api.example/v1/payment-gateways/monobank/notifications",
    valid_for=timedelta(hours=1),
    expires_at=datetime(2026, 11, 25, 11, tzinfo=UTC),
)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def monobank() -> AsyncIterator[FakeMonobank]:
    async with running_monobank() as monobank:
        yield monobank


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def acquirer(monobank: FakeMonobank, seconds: Seconds) -> AsyncIterator[MonobankAcquirer]:
    headers = {"X-Token": TOKEN}
    async with httpx.AsyncClient(base_url=monobank.server.url, headers=headers) as http:
        yield MonobankAcquirer(http, longest_call=0.5, seconds=seconds)


def test_the_documented_signature_is_good_to_the_byte() -> None:
    key = read_key(PUBLISHED)

    assert (len(BODY), hashlib.sha256(BODY).hexdigest()[:12]) == (582, "b68de0ef3e30")
    assert is_signed(key, SIGNATURE, BODY)
    assert not is_signed(key, SIGNATURE, BODY + b"\n")
    assert not is_signed(key, SIGNATURE, BODY.replace(b"4200", b"4201", 1))
    assert not is_signed(key, "not base64!", BODY)
    assert not is_signed(key, "", BODY)


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1()])
def test_keys_on_other_curves_are_refused(curve: ec.EllipticCurve) -> None:
    other = FakeMonobank(key=ec.generate_private_key(curve))

    with pytest.raises(KeyUnreadable):
        read_key(other.published_key())


@pytest.mark.parametrize("text", ["", "%%%", "aGVsbG8="])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyUnreadable):
        read_key(text)


async def test_a_page_is_asked_for_in_kopiykas(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    page = await acquirer.create(CHECKOUT)
    said = json.loads(monobank.server.asked[0].body)

    assert page.url == f"https://pay.example/{page.provider_ref}"
    assert (said["amount"], said["ccy"], said["validity"]) == (4200, 980, 3600)
    assert said["merchantPaymInfo"]["reference"] == CHECKOUT.reference
    assert (said["redirectUrl"], said["webHookUrl"]) == (
        CHECKOUT.return_url,
        CHECKOUT.notification_url,
    )
    assert said["paymentType"] == "debit"


async def test_a_charge_is_followed_paid_and_given_back(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    page = await acquirer.create(CHECKOUT)
    created = await acquirer.status(page.provider_ref)
    monobank.pay(page.provider_ref)
    paid = await acquirer.status(page.provider_ref)
    part = await acquirer.refund(page.provider_ref, reference="r1", amount=Money(1000))
    after = await acquirer.status(page.provider_ref)

    assert (created.status, created.received) == (ChargeStatus.CREATED, Money(0))
    assert (paid.status, paid.received, paid.fee) == (
        ChargeStatus.SUCCEEDED,
        Money(4200),
        Money(130),
    )
    assert (part, after.status, after.received) == (
        ChargeStatus.SUCCEEDED,
        ChargeStatus.SUCCEEDED,
        Money(3200),
    )
    assert [(refund.reference, refund.amount) for refund in after.refunds] == [("r1", Money(1000))]
    assert created.modified_at < paid.modified_at < after.modified_at


async def test_a_held_charge_is_finalized_in_part(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    page = await acquirer.create(replace(CHECKOUT, is_held=True, return_url=None))
    monobank.move(page.provider_ref, "hold")
    held = await acquirer.status(page.provider_ref)
    await acquirer.finalize(page.provider_ref, Money(4000))
    taken = await acquirer.status(page.provider_ref)

    assert (held.status, held.received) == (ChargeStatus.HELD, Money(0))
    assert (taken.status, taken.received) == (ChargeStatus.SUCCEEDED, Money(4000))


async def test_a_page_is_closed_unless_somebody_has_paid(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    first = await acquirer.create(CHECKOUT)
    second = await acquirer.create(replace(CHECKOUT, reference="another"))
    monobank.pay(second.provider_ref)

    await acquirer.remove(first.provider_ref)
    with pytest.raises(AcquirerRefused):
        await acquirer.remove(second.provider_ref)

    assert (await acquirer.status(first.provider_ref)).status is ChargeStatus.EXPIRED


async def test_a_repeated_reference_makes_no_second_page(acquirer: MonobankAcquirer) -> None:
    await acquirer.create(CHECKOUT)

    with pytest.raises(AcquirerRefused):
        await acquirer.create(CHECKOUT)


async def test_a_charge_that_they_do_not_know_is_told_apart(acquirer: MonobankAcquirer) -> None:
    with pytest.raises(ChargeUnknown):
        await acquirer.status("p2_nothing")


async def test_an_unknown_status_means_nothing(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    page = await acquirer.create(CHECKOUT)
    monobank.move(page.provider_ref, "teleported")

    charge = await acquirer.status(page.provider_ref)
    assert (charge.status, charge.received) == (ChargeStatus.UNKNOWN, Money(0))


@pytest.mark.parametrize("fault", list(Fault))
async def test_every_bad_day_is_unavailable_within_the_bound(
    acquirer: MonobankAcquirer, monobank: FakeMonobank, fault: Fault
) -> None:
    page = await acquirer.create(CHECKOUT)
    monobank.server.fault = fault

    with pytest.raises(AcquirerUnavailable):
        await acquirer.status(page.provider_ref)


async def test_a_server_that_is_down_is_unavailable(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    await monobank.server.stop()

    with pytest.raises(AcquirerUnavailable):
        await acquirer.create(CHECKOUT)


async def test_a_wrong_token_is_unavailable_and_not_the_charges_fault(
    monobank: FakeMonobank,
) -> None:
    async with httpx.AsyncClient(base_url=monobank.server.url) as http:
        with pytest.raises(AcquirerUnavailable, match="FORBIDDEN"):
            await MonobankAcquirer(http).create(CHECKOUT)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "4200"},
        {"amount": 42.5},
        {"amount": True},
        {"amount": -1},
        {"amount": 10**13},
        {"ccy": None},
        {"status": 5},
        {"modifiedDate": "yesterday"},
        {"invoiceId": ""},
        {"invoiceId": "x" * 2001},
    ],
)
async def test_an_answer_of_another_kind_is_unreadable(
    acquirer: MonobankAcquirer, monobank: FakeMonobank, changes: dict[str, object]
) -> None:
    page = await acquirer.create(CHECKOUT)
    monobank.invoices[page.provider_ref] |= changes

    with pytest.raises(AcquirerUnavailable, match="answer_unreadable"):
        await acquirer.status(page.provider_ref)


async def test_a_notification_is_read_if_it_is_signed(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    page = await acquirer.create(CHECKOUT)
    body, headers = monobank.notification(monobank.pay(page.provider_ref))
    lower = {name.lower(): value for name, value in headers.items()}

    charge = await acquirer.read_notification(lower, body)

    assert (charge.status, charge.received) == (ChargeStatus.SUCCEEDED, Money(4200))
    for forged in ({}, {"x-sign": ""}, {"x-sign": SIGNATURE}):
        with pytest.raises(NotificationForged):
            await acquirer.read_notification(forged, body)
    with pytest.raises(NotificationForged):
        await acquirer.read_notification(lower, body + b" " * 70_000)


async def test_forged_notifications_make_us_ask_for_the_key_twice_a_minute_at_most(
    acquirer: MonobankAcquirer, monobank: FakeMonobank, seconds: Seconds
) -> None:
    for _ in range(100):
        with pytest.raises(NotificationForged):
            await acquirer.read_notification({"x-sign": SIGNATURE}, BODY)
    assert len(monobank.server.asked) == 1

    seconds.now += KEY_REST
    with pytest.raises(NotificationForged):
        await acquirer.read_notification({"x-sign": SIGNATURE}, BODY)
    assert len(monobank.server.asked) == 2


async def test_a_new_key_of_theirs_is_found(
    acquirer: MonobankAcquirer, monobank: FakeMonobank, seconds: Seconds
) -> None:
    body, headers = monobank.notification(DOCUMENTED)
    await acquirer.read_notification({"x-sign": headers["X-Sign"]}, body)
    monobank.key = ec.generate_private_key(ec.SECP256R1())
    seconds.now += KEY_REST
    body, headers = monobank.notification(DOCUMENTED)

    charge = await acquirer.read_notification({"x-sign": headers["X-Sign"]}, body)
    assert charge.reference == DOCUMENTED["reference"]


async def test_without_a_key_a_notification_is_neither_believed_nor_called_forged(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    body, headers = monobank.notification(DOCUMENTED)
    monobank.server.fault = Fault.SERVER_ERROR

    for _ in range(3):
        with pytest.raises(AcquirerUnavailable):
            await acquirer.read_notification({"x-sign": headers["X-Sign"]}, body)
    assert len(monobank.server.asked) == 1
