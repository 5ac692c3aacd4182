"""Movements of money as a test needs them."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.database import Database
from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.ledger import LedgerAccount, LedgerEntry
from app.models.billing.posting import Posting, PostingKind
from app.models.money import Money
from app.repositories.billing.ledger import Ledger
from tests.factories.registry import Company
from tests.fakes.clock import NOON

TODAY = date(2026, 11, 23)


def owed_by(company: Company) -> Book:
    organization_id, account_id = company.organization.id, company.account.id
    return Book.receivable(ChargeClass.DISTRIBUTION, organization_id, account_id)


def charge(ref: str, company: Company, kopiykas: int = 12000) -> Posting:
    """Return what an invoice posts: a sixth of it is VAT."""
    vat = kopiykas // 6
    return Posting.of(
        "invoice",
        ref,
        PostingKind.INVOICE,
        TODAY,
        (owed_by(company), Money(kopiykas)),
        (Book.revenue(ChargeClass.DISTRIBUTION), Money(vat - kopiykas)),
        (Book(kind=BookKind.VAT), Money(-vat)),
    )


async def post(database: Database, *postings: Posting) -> list[Posting]:
    async with database.begin() as session:
        return await Ledger(session).post(*postings, now=NOON)


async def balances(database: Database) -> dict[UUID, Money]:
    async with database.begin() as session:
        rows = await session.execute(select(LedgerAccount.id, LedgerAccount.balance))
        return {row.id: row.balance for row in rows if row.balance}


async def entries(database: Database) -> dict[UUID, Money]:
    """Return the sum of the entries of each account."""
    sums: dict[UUID, Money] = {}
    async with database.begin() as session:
        for entry in await session.scalars(select(LedgerEntry)):
            sums[entry.ledger_account_id] = (
                sums.get(entry.ledger_account_id, Money(0)) + entry.amount
            )
    return {book: amount for book, amount in sums.items() if amount}
