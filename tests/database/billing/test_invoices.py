"""Documents stay as they were issued; what settles them adds up."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.database import Database
from app.models.base import new_id
from app.models.billing.allocation import allocate
from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.invoice import InvoiceKind
from app.models.billing.posting import Posting, PostingKind
from app.models.money import Money
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.ledger import Ledger
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON
from tests.steps.billing.issuing import draft, issue, key_of, paid_of
from tests.steps.billing.posting import TODAY, balances, entries, owed_by, post

pytestmark = pytest.mark.committing

UNIDENTIFIED = Book(kind=BookKind.UNIDENTIFIED)


def advances(company: Company) -> Book:
    return Book.advances(*key_of(company))


async def pay_before(database: Database, company: Company, kopiykas: int) -> None:
    amount = Money(kopiykas)
    moves = ((UNIDENTIFIED, amount), (advances(company), -amount))
    await post(database, Posting.of("payment", "early", PostingKind.PAYMENT, TODAY, *moves))


async def pay(database: Database, company: Company, kopiykas: int) -> Posting:
    """Pay as a payment does: lock the account, allocate, post, note."""
    async with database.begin() as session:
        invoices = InvoiceRepository(session)
        await invoices.lock_accounts([key_of(company)])
        shared = allocate(Money(kopiykas), await invoices.open_parts([key_of(company)]))
        posting = Posting.of(
            "payment",
            f"{kopiykas}",
            PostingKind.PAYMENT,
            TODAY,
            (UNIDENTIFIED, Money(kopiykas)),
            *((each.part.book, -each.amount) for each in shared.allocations),
            (advances(company), -shared.rest),
        )
        await Ledger(session).post(posting, now=NOON)
        await invoices.mark_paid(shared.allocations, transaction_id=posting.id)
        return posting


async def test_an_issued_invoice_is_owed_and_its_number_follows_the_last(
    database: Database,
) -> None:
    company, other = await create_company(database), await create_company(database)

    first = await issue(database, company, draft("100"))
    second = await issue(database, other, draft("50"))

    assert [first.number, second.number] == ["2026-10-000001", "2026-10-000002"]
    assert (await balances(database))[owed_by(company).id] == Money.parse("120")
    assert first.customer["tax_id"] == company.organization.tax_id
    assert await balances(database) == await entries(database)


async def test_what_was_not_issued_takes_no_number(database: Database) -> None:
    company = await create_company(database)
    await issue(database, company, draft("100"))

    with pytest.raises(IntegrityError, match="issue_key"):
        await issue(database, company, draft("100"))

    again = await issue(database, company, draft("100", issue_key="other"))
    assert again.number == "2026-10-000002"


async def test_an_advance_pays_the_next_invoice_by_itself(database: Database) -> None:
    company = await create_company(database)
    await pay_before(database, company, 10000)

    invoice = await issue(database, company, draft("100"))

    assert await paid_of(database, invoice.id) == (Money(10000), Money(12000))
    assert advances(company).id not in await balances(database)
    assert (await balances(database))[owed_by(company).id] == Money(2000)
    another = await issue(database, company, draft("1", issue_key="other"))
    assert await paid_of(database, another.id) == (Money(0), Money(120))


async def test_a_correction_of_a_paid_invoice_becomes_an_advance(database: Database) -> None:
    company = await create_company(database)
    invoice = await issue(database, company, draft("100"))
    await pay(database, company, 12000)

    corrective = await issue(
        database,
        company,
        draft(
            "-10",
            issue_key="corrective",
            kind=InvoiceKind.CORRECTIVE,
            corrects_id=invoice.id,
        ),
    )

    assert await paid_of(database, corrective.id) == (Money(-1200), Money(-1200))
    assert (await balances(database))[advances(company).id] == Money(-1200)
    assert owed_by(company).id not in await balances(database)


async def test_a_correction_first_lowers_what_it_corrects(database: Database) -> None:
    company = await create_company(database)
    older = await issue(database, company, draft("5", issue_key="older"), due_on=date(2026, 1, 1))
    invoice = await issue(database, company, draft("100"))

    corrective = draft(
        "-10", issue_key="corrective", kind=InvoiceKind.CORRECTIVE, corrects_id=invoice.id
    )
    await issue(database, company, corrective)

    assert await paid_of(database, invoice.id) == (Money(1200), Money(12000))
    assert await paid_of(database, older.id) == (Money(0), Money(600))
    assert (await balances(database))[owed_by(company).id] == Money(12600 - 1200)


async def test_a_payment_is_taken_back_by_its_reversal(database: Database) -> None:
    company = await create_company(database)
    invoice = await issue(database, company, draft("100"))
    paying = await pay(database, company, 5000)
    undoing = paying.reversed("unmatch", "1", TODAY)

    async with database.begin() as session:
        invoices = InvoiceRepository(session)
        await invoices.lock_accounts([key_of(company)])
        await Ledger(session).post(undoing, now=NOON)
        assert await invoices.take_back(paying.id, reversal_id=undoing.id) == 1

    assert await paid_of(database, invoice.id) == (Money(0), Money(12000))
    assert (await balances(database))[owed_by(company).id] == Money(12000)
    assert await balances(database) == await entries(database)


async def test_nothing_is_paid_twice_whatever_an_allocation_says(database: Database) -> None:
    company = await create_company(database)
    await issue(database, company, draft("100"))
    async with database.begin() as session:
        [part] = await InvoiceRepository(session).open_parts([key_of(company)])
    await pay(database, company, 7000)

    async def overpay() -> None:
        async with database.begin() as session:
            await InvoiceRepository(session).mark_paid(
                allocate(Money(6000), [part]).allocations, transaction_id=new_id()
            )

    with pytest.raises(IntegrityError, match="paid_within_total"):
        await overpay()


async def test_what_instalments_have_paid_waits_for_their_final_invoice(
    database: Database,
) -> None:
    company = await create_company(database)
    planned = await issue(
        database, company, draft("100", issue_key="planned:2026-10:1", kind=InvoiceKind.PLANNED)
    )
    assert owed_by(company).id not in await balances(database)
    await pay(database, company, 12000)
    works = await issue(
        database,
        company,
        draft("50", issue_key="order:1", charge=ChargeClass.WORKS, kind=InvoiceKind.SERVICE),
    )
    assert await paid_of(database, works.id) == (Money(0), Money(6000))

    final = await issue(database, company, draft("130"))

    assert await paid_of(database, planned.id) == (Money(12000), Money(12000))
    assert await paid_of(database, final.id) == (Money(12000), Money(15600))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoices SET total = total",
        "UPDATE invoice_lines SET net = net",
        "UPDATE invoice_allocations SET amount = amount",
        "DELETE FROM invoice_lines",
        "DELETE FROM invoices",
    ],
)
async def test_what_is_issued_stays(database: Database, change: str) -> None:
    await issue(database, await create_company(database), draft("100"))

    with pytest.raises(DBAPIError, match="is only added to"):
        async with database.begin() as session:
            await session.execute(text(change))
