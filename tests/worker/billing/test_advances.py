"""Advances pay what is owed, and what they no longer cover is owed again."""

import random
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from app.database import Database
from app.models.base import new_id
from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.invoice import InvoiceKind
from app.models.billing.posting import Posting
from app.models.money import Money, total
from app.repositories.billing.invoices import InvoiceRepository
from app.services.billing.advances import AdvanceService
from app.services.context import Context
from tests.factories.registry import Company, create_company
from tests.steps.billing.issuing import draft, issue, key_of, paid_of
from tests.steps.billing.paying import compensate, pay, require_all_fits, unmatch
from tests.steps.billing.posting import balances

pytestmark = pytest.mark.committing

UNIDENTIFIED = Book(kind=BookKind.UNIDENTIFIED)
CHARGES = (ChargeClass.DISTRIBUTION, ChargeClass.REACTIVE, ChargeClass.WORKS)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
def advances(context: Context) -> AdvanceService:
    return AdvanceService(context=context)


async def advance(database: Database, company: Company) -> Money:
    found = await balances(database)
    return found.get(Book.advances(*key_of(company)).id, Money(0))


async def test_a_compensation_pays_what_is_owed(
    database: Database, company: Company, advances: AdvanceService
) -> None:
    invoice = await issue(database, company, draft("100"))
    await compensate(database, company, 5000)

    assert await advances.even_out() == 1

    assert await paid_of(database, invoice.id) == (Money(5000), Money(12000))
    assert await advance(database, company) == Money(0)
    assert await advances.even_out() == 0
    await require_all_fits(database, company)


async def test_what_an_advance_has_paid_is_owed_again_when_its_payment_goes(
    database: Database, company: Company, advances: AdvanceService
) -> None:
    first = await issue(database, company, draft("100", issue_key="1"))
    paid = await pay(database, company, 15000)
    second = await issue(database, company, draft("100", issue_key="2"))
    assert await paid_of(database, second.id) == (Money(3000), Money(12000))
    await unmatch(database, company, paid)
    assert await advance(database, company) == Money(3000)

    assert await advances.even_out() == 1

    assert await advance(database, company) == Money(0)
    for invoice in (first, second):
        assert (await paid_of(database, invoice.id))[0] == Money(0)
    await require_all_fits(database, company)


async def test_disputed_debts_and_instalments_leave_advances_alone(
    database: Database, company: Company, advances: AdvanceService
) -> None:
    invoice = await issue(database, company, draft("100"))
    planned = draft("10", issue_key="planned", kind=InvoiceKind.PLANNED)
    await issue(database, company, planned)
    async with database.begin() as transaction:
        await transaction.execute(
            text("UPDATE invoice_parts SET disputed_at = now() WHERE invoice_id = :id"),
            {"id": invoice.id},
        )
    await compensate(database, company, 5000)

    assert await advances.even_out() == 0
    assert await advance(database, company) == Money(-5000)


@dataclass
class Walk:
    """A company to which things happen in any order."""

    database: Database
    company: Company
    advances: AdvanceService
    chance: random.Random
    paid: list[Posting] = field(default_factory=list)
    issued: list[UUID] = field(default_factory=list)

    async def issue(self) -> None:
        net, charge = str(self.chance.randrange(1, 300)), self.chance.choice(CHARGES)
        drafted = draft(net, issue_key=str(new_id()), charge=charge)
        self.issued.append((await issue(self.database, self.company, drafted)).id)

    async def correct(self) -> None:
        if not self.issued:
            return
        drafted = draft(
            str(self.chance.randrange(-50, -1)),
            issue_key=str(new_id()),
            kind=InvoiceKind.CORRECTIVE,
            corrects_id=self.chance.choice(self.issued),
        )
        await issue(self.database, self.company, drafted, issued_on=date(2026, 11, 6))

    async def pay(self) -> None:
        amount = self.chance.randrange(1, 40_000)
        self.paid.append(await pay(self.database, self.company, amount))

    async def unmatch(self) -> None:
        if self.paid:
            gone = self.paid.pop(self.chance.randrange(len(self.paid)))
            await unmatch(self.database, self.company, gone)

    async def compensate(self) -> None:
        await compensate(self.database, self.company, self.chance.randrange(1, 3000))

    async def even_out(self) -> None:
        await self.advances.even_out()


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_every_kopiyka_stands_once(
    database: Database, company: Company, advances: AdvanceService, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - an order of events, not a secret
    walk = Walk(database, company, advances, chance)
    events = (walk.issue, walk.correct, walk.pay, walk.unmatch, walk.compensate, walk.even_out)
    for event in chance.choices(events, k=18):
        await event()
        await require_all_fits(database, company)

    await advances.even_out()

    assert await advances.even_out() == 0
    await require_all_fits(database, company)
    received = total(each.amounts[UNIDENTIFIED] for each in walk.paid)
    assert (await balances(database)).get(UNIDENTIFIED.id, Money(0)) == received
    async with database.begin() as transaction:
        owes = await InvoiceRepository(transaction).open_parts([key_of(company)])
    free = await advance(database, company)
    assert free == Money(0) if owes else free <= Money(0)
