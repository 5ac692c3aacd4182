"""Payments as the ledger sees them: the account locked, the debts chosen, posted, noted."""

from datetime import date

from app.database import Database
from app.models.base import new_id
from app.models.billing.allocation import allocate
from app.models.billing.books import RECEIVABLES, Book, BookKind
from app.models.billing.posting import Posting, PostingKind
from app.models.money import Money, total
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.ledger import Ledger
from tests.factories.registry import Company
from tests.fakes.clock import NOON
from tests.steps.billing.issuing import key_of
from tests.steps.billing.posting import TODAY, balances, entries, post

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


async def compensate(database: Database, company: Company, kopiykas: int) -> None:
    moves = (
        (Book(kind=BookKind.COMPENSATION), Money(kopiykas)),
        (Book.advances(*key_of(company)), Money(-kopiykas)),
    )
    kind = PostingKind.COMPENSATION
    await post(database, Posting.of("compensation", str(new_id()), kind, TODAY, *moves))


async def unmatch(database: Database, company: Company, paid: Posting) -> None:
    undoing = paid.reversed("unmatch", str(paid.id), TODAY)
    async with database.begin() as transaction:
        invoices = InvoiceRepository(transaction)
        await invoices.lock_accounts([key_of(company)])
        await Ledger(transaction).post(undoing, now=NOON)
        await invoices.take_back(paid.id, reversal_id=undoing.id)


async def require_all_fits(database: Database, company: Company) -> None:
    """What parts say is open is what the ledger says is owed, class by class."""
    async with database.begin() as transaction:
        parts = await InvoiceRepository(transaction).open_parts([key_of(company)])
    found = await balances(database)
    assert found == await entries(database)
    assert sum(each.kopiykas for each in found.values()) == 0
    for charge in RECEIVABLES:
        book = Book.receivable(charge, *key_of(company))
        owed = total(each.outstanding for each in parts if each.charge is charge)
        assert found.get(book.id, Money(0)) == owed, charge
