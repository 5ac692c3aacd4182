"""Many at once: two tabs never charge twice, and a notification counts once."""

import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.money import Money
from app.services import Services
from app.services.payments.use_cases import Payments
from tests.factories.people import SignedIn
from tests.factories.registry import Company
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

pytestmark = pytest.mark.committing
TABS = 10


async def test_of_many_tabs_one_gets_a_page(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    first = await owing(database, company)
    second = await owing(database, company, key="final:2026-09")
    answers = await asyncio.gather(
        *(start(client, owner, *([first, second] if tab % 2 else [second])) for tab in range(TABS))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: TABS - 1}
    assert len(monobank.invoices) == 1


async def test_a_notification_that_comes_many_times_at_once_counts_once(
    client: AsyncClient,
    database: Database,
    services: Services,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    payment = (await start(client, owner, invoice)).json()
    paid = monobank.pay(monobank.only["invoiceId"])
    body, headers = monobank.notification(paid)

    async def told() -> int:
        return (await client.post(NOTIFICATIONS, content=body, headers=headers)).status_code

    telling = asyncio.gather(*(told() for _ in range(TABS)))
    await asyncio.gather(
        telling,
        *(services.of(Payments).charges.poll() for _ in range(2)),
        show(client, owner, payment["id"]),
    )

    assert set(telling.result()) == {200}
    assert await paid_of(database, invoice.id) == (Money(12000), Money(12000))
    assert await balance_of(database, clearing()) == Money(12000)
    assert await balance_of(database, advances(company)) == Money(0)


async def test_paying_calling_off_and_beginning_again_meet_without_a_deadlock(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    payment = (await start(client, owner, invoice)).json()
    paid = dict(monobank.pay(monobank.only["invoiceId"]))
    url = f"{PAYMENTS}/{payment['id']}/cancellations"

    await asyncio.gather(
        notify(client, monobank, paid),
        *(client.post(url, headers=owner.headers) for _ in range(3)),
        *(start(client, owner, invoice) for _ in range(4)),
    )

    assert (await show(client, owner, payment["id"]))["status"] == "succeeded"
    assert await paid_of(database, invoice.id) == (Money(12000), Money(12000))
    assert len(monobank.invoices) == 1
