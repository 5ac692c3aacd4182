"""Money by bank: a statement is loaded once, matched, shown, taken back, and learned from."""

from pathlib import Path
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.adapters.bank_statements.refusals import StatementRefused
from app.database import Database
from app.models.billing.books import Book, BookKind
from app.models.money import Money
from app.models.payments.statement import (
    LineAssigned,
    LineNotAssigned,
    LineNotFound,
    StatementRow,
)
from app.services.payments.statements import StatementService, StatementSummary
from tests.adapters.bank_statements.camt_files import (
    OPERATOR,
    document,
    entry,
    payment,
    statement,
)
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company, create_account, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.issuing import paid_of
from tests.steps.operations.audit import audited
from tests.steps.payments.paying import PAYMENTS, advances, balance_of, owing

BANK = Book(kind=BookKind.BANK, name=OPERATOR)
UNIDENTIFIED = Book(kind=BookKind.UNIDENTIFIED)


@pytest.fixture
def service(database: Database, clock: FrozenClock) -> StatementService:
    return StatementService(database=database, clock=clock)


def paid(amount: str, purpose: str, *, tax_id: str, bank_ref: str = "REF1") -> str:
    told = payment(purpose=f"<Ustrd>{purpose}</Ustrd>", tax_id=tax_id)
    return entry(amount, told, bank_ref=bank_ref)


async def load(
    service: StatementService, path: Path, *entries: str, total: str, name: str = "s.xml"
) -> StatementSummary:
    file = path / name
    file.write_bytes(document(statement(*entries, opening="0.00", closing=total)))
    summary = await service.load(file, act=act("daily statement"))
    while await service.match():
        pass
    return summary


async def test_a_transfer_that_names_its_invoice_pays_it_and_is_shown_with_the_rule(
    client: AsyncClient,
    database: Database,
    service: StatementService,
    owner: SignedIn,
    company: Company,
    tmp_path: Path,
) -> None:
    invoice = await owing(database, company)
    told = paid("120.00", f"рах. {invoice.number}", tax_id=company.organization.tax_id)
    summary = await load(service, tmp_path, told, total="120.00")
    (shown,) = (await client.get(PAYMENTS, headers=owner.headers)).json()["items"]

    assert (summary.lines, summary.added) == (1, 1)
    assert (shown["method"], shown["status"], shown["matched_by"], shown["amount"]) == (
        "bank_transfer",
        "succeeded",
        "invoice_exact",
        "120.00",
    )
    assert shown["payer"]["tax_id"] == company.organization.tax_id
    assert shown["payer"]["iban_masked"] == "UA***********************4567"
    assert [each["number"] for each in shown["allocations"]] == [invoice.number]
    assert await paid_of(database, invoice.id) == (Money(12000), Money(12000))
    assert await balance_of(database, BANK) == Money(12000)
    assert await balance_of(database, UNIDENTIFIED) == Money(0)
    assert "payment.succeeded" in await audited(database, company)


async def test_the_same_file_and_the_same_lines_change_nothing(
    database: Database, service: StatementService, company: Company, tmp_path: Path
) -> None:
    invoice = await owing(database, company)
    tax_id = company.organization.tax_id
    first = paid("50.00", f"рах. {invoice.number}", tax_id=tax_id)
    second = paid("30.00", f"рах. {invoice.number}", tax_id=tax_id, bank_ref="REF2")

    await load(service, tmp_path, first, total="50.00")
    again = await load(service, tmp_path, first, total="50.00", name="renamed.xml")
    longer = await load(service, tmp_path, first, second, total="80.00")

    assert again.is_repeated
    assert (longer.added, longer.same) == (1, 1)
    assert await paid_of(database, invoice.id) == (Money(8000), Money(12000))
    assert await balance_of(database, BANK) == Money(8000)


async def test_a_part_more_than_owed_and_an_account_by_its_number(
    database: Database, service: StatementService, company: Company, tmp_path: Path
) -> None:
    invoice = await owing(database, company)
    told = paid(
        "200.00",
        f"за розподіл, о/р {company.account.account_number}",
        tax_id=company.organization.tax_id,
    )
    await load(service, tmp_path, told, total="200.00")

    assert (await paid_of(database, invoice.id))[0] == Money(12000)
    assert await balance_of(database, advances(company)) == Money(-8000)


async def test_what_nobody_knows_waits_is_assigned_taken_back_and_learned(
    client: AsyncClient,
    database: Database,
    service: StatementService,
    owner: SignedIn,
    company: Company,
    tmp_path: Path,
) -> None:
    invoice = await owing(database, company)
    parent = paid("120.00", f"рах. {invoice.number}", tax_id="11223344")
    await load(service, tmp_path, parent, total="120.00")
    (waiting,) = await service.newest(only_unmatched=True)

    assert (waiting.rule, waiting.candidates["accounts"]) == (
        "third_party",
        [company.account.account_number],
    )
    assert await balance_of(database, UNIDENTIFIED) == Money(-12000)

    await service.assign(waiting.id, invoice.number, is_invoice=True, act=act())
    with pytest.raises(LineAssigned):
        await service.assign(waiting.id, invoice.number, is_invoice=True, act=act())
    assert (await paid_of(database, invoice.id))[0] == Money(12000)

    await service.unassign(waiting.id, act=act())
    with pytest.raises(LineNotAssigned):
        await service.unassign(waiting.id, act=act())
    assert (await paid_of(database, invoice.id))[0] == Money(0)
    assert await balance_of(database, UNIDENTIFIED) == Money(-12000)

    number = company.account.account_number
    assert await service.assign(waiting.id, number, is_invoice=False, act=act()) == number
    later = paid("7.00", "за світло", tax_id="11223344", bank_ref="REF9")
    await load(service, tmp_path, later, total="7.00")
    items = (await client.get(PAYMENTS, headers=owner.headers)).json()["items"]
    assert [(each["matched_by"], each["status"]) for each in items] == [
        ("alias", "succeeded"),
        ("manual", "succeeded"),
        ("manual", "cancelled"),
    ]
    trail = await audited(database, company)
    assert trail.count("payment.assigned") == 2
    assert trail.count("payment.unassigned") == 1


async def test_a_payer_with_one_account_is_only_suggested_unless_the_sum_fits(
    database: Database, service: StatementService, company: Company, tmp_path: Path
) -> None:
    invoice = await owing(database, company)
    tax_id = company.organization.tax_id
    fits = paid("120.00", "оплата", tax_id=tax_id)
    other = paid("55.00", "оплата", tax_id=tax_id, bank_ref="REF2")
    await load(service, tmp_path, fits, other, total="175.00")
    (waiting,) = await service.newest(only_unmatched=True)

    assert (waiting.rule, waiting.amount) == ("payer", Money(5500))
    assert (await paid_of(database, invoice.id))[0] == Money(12000)


async def test_two_accounts_of_one_payer_and_a_sum_of_somebody_elses_wait(
    database: Database, service: StatementService, company: Company, tmp_path: Path
) -> None:
    await create_account(database, company.organization)
    stranger = await create_company(database)
    await owing(database, stranger, "500.00")
    one = paid("9.00", "оплата", tax_id=company.organization.tax_id)
    two = paid("600.00", "оплата", tax_id="11223344", bank_ref="REF2")
    await load(service, tmp_path, one, two, total="609.00")
    waiting = await service.newest(only_unmatched=True)

    assert {line.amount: line.rule for line in waiting} == {
        Money(900): "none",
        Money(60000): "amount",
    }


async def test_a_reversal_and_what_left_move_no_customers_money(
    database: Database, service: StatementService, company: Company, tmp_path: Path
) -> None:
    invoice = await owing(database, company)
    told = paid("120.00", f"рах. {invoice.number}", tax_id=company.organization.tax_id)
    back = entry("20.00", way="DBIT", bank_ref="REF2", more="<RvslInd>true</RvslInd>")
    out = entry("5.00", way="DBIT", bank_ref="REF3")
    summary = await load(service, tmp_path, told, back, out, total="95.00")
    (waiting,) = await service.newest(only_unmatched=True)

    assert (summary.lines, summary.added, summary.outgoing) == (3, 2, 1)
    assert (waiting.amount, waiting.is_reversal) == (Money(-2000), True)
    assert await balance_of(database, BANK) == Money(10000)
    assert await balance_of(database, UNIDENTIFIED) == Money(2000)


async def test_a_wrong_file_leaves_nothing_behind(
    database: Database, service: StatementService, tmp_path: Path
) -> None:
    with pytest.raises(StatementRefused, match="totals_differ"):
        await load(service, tmp_path, entry("10.00"), total="11.00")
    async with database.begin() as session:
        assert list(await session.scalars(select(StatementRow))) == []
    assert await balance_of(database, BANK) == Money(0)


async def test_a_line_that_is_not_there_is_not_assigned(service: StatementService) -> None:
    with pytest.raises(LineNotFound):
        await service.assign(uuid4(), "1", is_invoice=False, act=act())
    with pytest.raises(LineNotFound):
        await service.unassign(uuid4(), act=act())
