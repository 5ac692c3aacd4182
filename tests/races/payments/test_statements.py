"""Statements loaded and matched by several at once: each line is money once."""

import asyncio
from pathlib import Path

import pytest

from app.clock import Clock
from app.database import Database
from app.models.billing.books import Book, BookKind
from app.models.money import Money
from app.services.payments.statements import StatementService
from tests.adapters.bank_statements.camt_files import (
    OPERATOR,
    document,
    entry,
    payment,
    statement,
)
from tests.factories.people import act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.issuing import paid_of
from tests.steps.payments.paying import balance_of, owing

pytestmark = pytest.mark.committing


async def test_of_several_who_load_and_match_the_same_each_line_counts_once(
    database: Database, clock: FrozenClock, company: Company, tmp_path: Path
) -> None:
    invoice = await owing(database, company)
    told = payment(
        purpose=f"<Ustrd>рах. {invoice.number}</Ustrd>", tax_id=company.organization.tax_id
    )
    lines = [entry("10.00", told, bank_ref=f"R{number}") for number in range(12)]
    file = tmp_path / "s.xml"
    file.write_bytes(document(statement(*lines, opening="0.00", closing="120.00")))
    service = _service(database, clock)

    summaries = await asyncio.gather(*(service.load(file, act=act()) for _ in range(4)))
    await asyncio.gather(*(service.match() for _ in range(6)))

    assert sorted(summary.added for summary in summaries) == [0, 0, 0, 12]
    assert await paid_of(database, invoice.id) == (Money(12000), Money(12000))
    assert await balance_of(database, Book(kind=BookKind.BANK, name=OPERATOR)) == Money(12000)
    assert await balance_of(database, Book(kind=BookKind.UNIDENTIFIED)) == Money(0)


def _service(database: Database, clock: Clock) -> StatementService:
    return StatementService(database=database, clock=clock)
