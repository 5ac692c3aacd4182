"""The adapter of monobank's acquiring over real HTTP, and what it makes of bad answers."""

import json
from dataclasses import replace

import httpx
import pytest

from app.adapters.acquirers.monobank import MonobankAcquirer
from app.models.money import Money
from app.models.payments.acquiring import (
    AcquirerRefused,
    AcquirerUnavailable,
    ChargeStatus,
    ChargeUnknown,
)
from tests.adapters.payments.checkouts import CHECKOUT
from tests.fakes.http_server import Fault
from tests.fakes.monobank import FakeMonobank


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
