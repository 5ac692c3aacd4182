"""Payments as the ledger sees them: the account locked, the debts chosen, posted, noted."""

from datetime import date

from app.database import Database
from app.models.base import new_id
from app.models.billing.allocation import allocate
from app.models.billing.books import Book, BookKind
from app.models.billing.posting import Posting, PostingKind
from app.models.money import Money
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.ledger import Ledger
from tests.factories.registry import Company
from tests.fakes.clock import NOON
from tests.steps.billing.issuing import key_of
from tests.steps.billing.posting import TODAY

UNIDENTIFIED = Book(kind=BookKind.UNIDENTIFIED)


async def pay(database: Database, company: Company, kopiykas: int, *, on: date = TODAY) -> Posting:
    key = key_of(company)
    async with database.begin() as session:
        invoices = InvoiceRepository(session)
        await invoices.lock_accounts([key])
        shared = allocate(Money(kopiykas), await invoices.open_parts([key]))
        posting = Posting.of(
            "payment",
            str(new_id()),
            PostingKind.PAYMENT,
            on,
            (UNIDENTIFIED, Money(kopiykas)),
            *((each.part.book, -each.amount) for each in shared.allocations),
            (Book.advances(*key), -shared.rest),
        )
        await Ledger(session).post(posting, now=NOON)
        await invoices.mark_paid(shared.allocations, transaction_id=posting.id)
        return posting
