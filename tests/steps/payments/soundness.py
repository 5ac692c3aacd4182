"""What holds of money at every moment, whatever has happened and wherever it was cut off."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.billing.books import Book, BookKind
from app.models.billing.ledger import LedgerAccount, LedgerEntry
from app.models.money import ZERO, Money, total
from app.models.payments.payment import Payment, PaymentMethod
from app.models.payments.payout import PAYOUT
from app.models.payments.statement import StatementLine
from app.repositories.payments.payments import PaymentRepository
from tests.adapters.bank_statements.camt_files import OPERATOR

ACQUIRER: Final = "fake"


async def require_payments(session: AsyncSession) -> None:
    """What came by card stands in clearing, what came by bank in the bank's account."""
    payments = list(await session.scalars(select(Payment)))
    lines = list(await session.scalars(select(StatementLine)))
    repository = PaymentRepository(session)
    for each in payments:
        credited = await repository.credited(each.id)
        assert total(credited.values()) == each.received
    cards = [each.received for each in payments if each.method == PaymentMethod.CARD]
    paid_out = [each for each in lines if each.rule == PAYOUT]
    fees = total(Money.parse(each.candidates["fee"]) for each in paid_out)
    out = total(each.amount for each in paid_out)
    waiting = [each.amount for each in lines if each.payment_id is None]
    expected = {
        Book(kind=BookKind.CLEARING, name=ACQUIRER): total(cards) - out - fees,
        Book(kind=BookKind.FEES, name=ACQUIRER): fees,
        Book(kind=BookKind.BANK, name=OPERATOR): total(each.amount for each in lines),
        Book(kind=BookKind.UNIDENTIFIED): out - total(waiting),
    }
    for book, amount in expected.items():
        found = await session.get(LedgerAccount, book.id, populate_existing=True)
        assert (found.balance if found else ZERO) == amount, book.kind


async def require_entries(session: AsyncSession) -> None:
    sums = await session.execute(
        select(
            LedgerEntry.ledger_account_id, func.sum(LedgerEntry.amount).label("amount")
        ).group_by(LedgerEntry.ledger_account_id)
    )
    entries = {row.ledger_account_id: row.amount for row in sums}
    rows = await session.execute(select(LedgerAccount.id, LedgerAccount.balance))
    books = {row.id: row.balance for row in rows}
    assert sum(each.kopiykas for each in books.values()) == 0
    for book, balance in books.items():
        assert balance == entries.get(book, ZERO)
