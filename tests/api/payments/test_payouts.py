"""An acquirer pays out what cards have paid, and keeps a fee: clearing comes to what is left."""

from pathlib import Path
from uuid import UUID

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.billing.books import Book, BookKind
from app.models.money import Money
from app.models.payments.payout import PayoutExceedsClearing
from app.models.payments.statement import LineAssigned, LineNotAssigned
from app.repositories.operator_acts import ActRepository
from app.services.payments.payouts import PayoutService
from app.services.payments.statements import StatementService
from tests.adapters.bank_statements.camt_files import document, entry, payment, statement
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.monobank import FakeMonobank
from tests.steps.billing.paying import require_all_fits
from tests.steps.payments.instructing import paid
from tests.steps.payments.paying import balance_of, clearing

FEES = Book(kind=BookKind.FEES, name="monobank")
UNIDENTIFIED = Book(kind=BookKind.UNIDENTIFIED)


@pytest.fixture
async def line_id(database: Database, clock: FrozenClock, tmp_path: Path) -> UUID:
    """Return a line of 118.44 from somebody who is no customer."""
    told = payment(purpose="<Ustrd>еквайринг</Ustrd>", tax_id="21133352")
    file = tmp_path / "s.xml"
    content = document(statement(entry("118.44", told), opening="0.00", closing="118.44"))
    file.write_bytes(content)
    statements = StatementService(database=database, clock=clock)
    await statements.load(file, act=act())
    while await statements.match():
        pass
    [line] = await statements.newest(only_unmatched=True)
    return line.id


@pytest.fixture
def payouts(database: Database, clock: FrozenClock) -> PayoutService:
    return PayoutService(database=database, clock=clock)


async def test_a_payout_and_its_fee_leave_clearing_and_come_back_when_taken_back(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    payouts: PayoutService,
    line_id: UUID,
) -> None:
    await paid(client, database, owner, company, monobank)

    with pytest.raises(PayoutExceedsClearing):
        await payouts.post(line_id, "monobank", fee=Money(157), act=act())
    for _ in range(2):
        left = await payouts.post(line_id, "monobank", fee=Money(156), act=act())

        assert left == await balance_of(database, clearing()) == Money(0)
        assert await balance_of(database, FEES) == Money(156)
        assert await balance_of(database, UNIDENTIFIED) == Money(0)
        with pytest.raises(LineAssigned):
            await payouts.post(line_id, "monobank", fee=Money(0), act=act())

        await payouts.undo(line_id, act=act())

        assert await balance_of(database, clearing()) == Money(12000)
        assert await balance_of(database, UNIDENTIFIED) == Money(-11844)
        with pytest.raises(LineNotAssigned):
            await payouts.undo(line_id, act=act())
    await require_all_fits(database, company)
    async with database.begin() as transaction:
        done = await ActRepository(transaction).newest(10)
    assert [each.deed for each in done] == ["payout.undone", "payout.posted"] * 2
    assert {each.details["fee"] for each in done} == {"1.56"}
    assert {(each.operator, each.reason) for each in done} == {(act().operator, act().reason)}


async def test_a_payout_is_assigned_to_no_customer(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    payouts: PayoutService,
    line_id: UUID,
) -> None:
    await paid(client, database, owner, company, monobank)
    await payouts.post(line_id, "monobank", fee=Money(0), act=act())
    statements = StatementService(database=database, clock=clock)

    number = company.account.account_number
    with pytest.raises(LineAssigned):
        await statements.assign(line_id, number, is_invoice=False, act=act())
    assert await statements.newest(only_unmatched=True) == []
