"""What acquirers tell: signed, checked against our payment, in any order, as often as they like."""

from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.billing.books import Book, ChargeClass
from app.models.billing.ledger import LedgerTransaction
from app.models.money import Money
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.http_server import Fault
from tests.fakes.monobank import FakeMonobank
from tests.steps.billing.issuing import paid_of
from tests.steps.payments.paying import (
    NOTIFICATIONS,
    PAYMENTS,
    advances,
    balance_of,
    clearing,
    notify,
    owing,
    show,
    start,
)


async def test_monobank_finds_the_address(client: AsyncClient) -> None:
    assert (await client.get(NOTIFICATIONS)).status_code == 200


async def test_a_forged_notification_changes_nothing(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    payment = (await start(client, owner, await owing(database, company))).json()
    body, headers = monobank.notification(monobank.pay(monobank.only["invoiceId"]))
    forgeries = [
        (body.replace(b'"amount": 12000', b'"amount": 12001'), headers),
        (body + b"\n", headers),
        (body, {"Content-Type": "application/json"}),
        (body, headers | {"X-Sign": "AAAA"}),
    ]
    answers = [
        await client.post(NOTIFICATIONS, content=content, headers=with_)
        for content, with_ in forgeries
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {
        (401, "notification_forged")
    }
    assert (await show(client, owner, payment["id"]))["status"] == "created"
    assert await balance_of(database, clearing()) == Money(0)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"amount": 1}, 409),
        ({"ccy": 840}, 409),
        ({"reference": str(uuid4())}, 404),
        ({"reference": "x"}, 404),
        ({"reference": None}, 404),
        ({"invoiceId": "p2_another"}, 409),
        ({"finalAmount": 12001}, 409),
        ({"amount": "12000"}, 503),
        ({"status": "teleported"}, 200),
    ],
)
async def test_a_signed_notification_about_something_else_changes_nothing(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    changes: dict[str, Any],
    status: int,
) -> None:
    payment = (await start(client, owner, await owing(database, company))).json()
    paid = dict(monobank.pay(monobank.only["invoiceId"]))
    answer = await notify(client, monobank, paid, **changes)

    assert answer.status_code == status, answer.text
    assert (await show(client, owner, payment["id"]))["status"] == "created"
    assert await balance_of(database, clearing()) == Money(0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_repeated_and_reordered_notifications_end_in_one_state(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    order: tuple[int, ...],
) -> None:
    invoice = await owing(database, company)
    payment = (await start(client, owner, invoice)).json()
    number = monobank.only["invoiceId"]
    told = [
        dict(monobank.move(number, "created")),
        dict(monobank.move(number, "processing")),
        dict(monobank.pay(number)),
    ]
    for place in [*order, *order]:
        assert (await notify(client, monobank, told[place])).status_code == 200

    assert (await show(client, owner, payment["id"]))["status"] == "succeeded"
    assert await balance_of(database, clearing()) == Money(12000)


async def test_a_hundred_repetitions_post_once(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    await start(client, owner, await owing(database, company))
    paid = dict(monobank.pay(monobank.only["invoiceId"]))
    statuses = {(await notify(client, monobank, paid)).status_code for _ in range(100)}
    async with database.begin() as session:
        posted = await session.scalar(
            select(func.count())
            .select_from(LedgerTransaction)
            .where(LedgerTransaction.source == "payment")
        )

    assert (statuses, posted) == ({200}, 1)


async def test_money_given_back_leaves_advances_first_and_opens_the_debt_again(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    begun = await start(client, owner, account_id=str(company.account.id), amount="150")
    payment, number = begun.json()["id"], monobank.only["invoiceId"]
    await notify(client, monobank, monobank.pay(number))
    receivable = Book.receivable(
        ChargeClass.DISTRIBUTION, company.organization.id, company.account.id
    )

    await notify(client, monobank, monobank.move(number, "success", finalAmount=11000))
    part = await show(client, owner, payment)
    assert (part["status"], part["unallocated"]) == ("partially_refunded", "0.00")
    assert [each["amount"] for each in part["allocations"]] == ["110.00"]
    assert await paid_of(database, invoice.id) == (Money(11000), Money(12000))
    assert await balance_of(database, receivable) == Money(1000)

    back = monobank.move(number, "reversed", finalAmount=0)
    for _ in range(3):
        await notify(client, monobank, back)
    whole = await show(client, owner, payment)
    assert (whole["status"], whole["allocations"]) == ("refunded", [])
    assert await paid_of(database, invoice.id) == (Money(0), Money(12000))
    assert await balance_of(database, receivable) == Money(12000)
    assert await balance_of(database, clearing()) == Money(0)
    assert await balance_of(database, advances(company)) == Money(0)


async def test_money_for_a_payment_that_was_called_off_still_counts(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    payment = (await start(client, owner, await owing(database, company))).json()
    await client.post(f"{PAYMENTS}/{payment['id']}/cancellations", headers=owner.headers)
    await notify(client, monobank, monobank.pay(monobank.only["invoiceId"]))

    assert (await show(client, owner, payment["id"]))["status"] == "succeeded"


async def test_without_the_acquirers_key_a_notification_is_asked_for_again(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    await start(client, owner, await owing(database, company))
    paid = dict(monobank.pay(monobank.only["invoiceId"]))
    monobank.server.fault = Fault.SERVER_ERROR

    answer = await notify(client, monobank, paid)
    assert (answer.status_code, answer.json()["code"]) == (503, "payment_gateway_unavailable")
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("fault", list(Fault))
async def test_an_acquirer_on_a_bad_day_charges_nothing_and_leaves_the_invoice_free(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    fault: Fault,
) -> None:
    invoice = await owing(database, company)
    monobank.server.fault = fault
    refused = await start(client, owner, invoice)
    monobank.server.fault = None
    again = await start(client, owner, invoice)

    assert (refused.status_code, refused.json()["code"]) == (503, "payment_gateway_unavailable")
    assert again.status_code == 201
    items = (await client.get(PAYMENTS, headers=owner.headers)).json()["items"]
    assert [each["status"] for each in items] == ["created", "failed"]
    assert items[1]["failure"]["code"] == "payment_gateway_unavailable"


async def test_an_acquirer_that_is_down_is_told_so(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    await monobank.server.stop()
    refused = await start(client, owner, await owing(database, company))

    assert (refused.status_code, refused.json()["code"]) == (503, "payment_gateway_unavailable")
    assert "Retry-After" in refused.headers
