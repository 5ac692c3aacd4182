"""What the tables of the ledger refuse, whoever writes."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.database import Database
from app.models.base import new_id
from app.models.billing.books import Book, BookKind
from app.models.billing.ledger import LedgerEntry, LedgerTransaction
from app.models.money import Money
from app.repositories.billing.ledger import Ledger, PostedOtherwise
from tests.factories.registry import create_company
from tests.fakes.clock import NOON
from tests.steps.billing.posting import TODAY, balances, charge, entries, owed_by, post

pytestmark = pytest.mark.committing

TX = new_id()


def _transaction(entries: int) -> LedgerTransaction:
    return LedgerTransaction(
        id=TX,
        source="test",
        source_ref="1",
        kind="adjustment",
        effective_on=TODAY,
        recorded_at=NOON,
        entries=entries,
    )


async def add(
    database: Database,
    transaction_id: UUID,
    amounts: dict[Book, int],
    transaction: LedgerTransaction | None = None,
) -> None:
    """Write entries past the one function that keeps them right."""
    async with database.begin() as session:
        await Ledger(session).hold(amounts)
        if transaction:
            session.add(transaction)
            await session.flush()
        session.add_all(
            LedgerEntry(
                ledger_account_id=book.id, transaction_id=transaction_id, amount=Money(amount)
            )
            for book, amount in amounts.items()
        )


async def test_both_sides_are_written_with_their_balances(database: Database) -> None:
    company = await create_company(database)

    await post(database, charge("1", company), charge("2", company, 600))

    assert (await balances(database))[owed_by(company).id] == Money(12600)
    assert await balances(database) == await entries(database)
    assert sum(each.kopiykas for each in (await balances(database)).values()) == 0


async def test_what_is_posted_twice_is_posted_once(database: Database) -> None:
    company = await create_company(database)
    first = await post(database, charge("1", company))

    again = await post(database, charge("1", company), charge("2", company))

    assert [each.source_ref for each in first + again] == ["1", "2"]
    assert (await balances(database))[owed_by(company).id] == Money(24000)


async def test_one_key_with_other_amounts_is_an_error_and_moves_nothing(
    database: Database,
) -> None:
    company = await create_company(database)
    await post(database, charge("1", company))

    with pytest.raises(PostedOtherwise):
        await post(database, charge("2", company), charge("1", company, 600))

    assert (await balances(database))[owed_by(company).id] == Money(12000)


async def test_a_transaction_is_reversed_once(database: Database) -> None:
    company = await create_company(database)
    [made] = await post(database, charge("1", company))
    await post(database, made.reversed("correction", "1", TODAY))

    with pytest.raises(PostedOtherwise):
        await post(database, made.reversed("correction", "2", TODAY))

    assert await balances(database) == {}


async def test_books_that_are_held_show_what_stands_in_them(database: Database) -> None:
    company = await create_company(database)
    await post(database, charge("1", company))
    advances = Book.advances(company.organization.id, company.account.id)

    async with database.begin() as session:
        held = await Ledger(session).hold([advances, owed_by(company)])

    assert held == {advances: Money(0), owed_by(company): Money(12000)}


@pytest.mark.parametrize("moved", [(100, -99), (100, -200, 5)])
async def test_entries_that_do_not_add_up_are_refused_at_the_commit(
    database: Database, moved: tuple[int, ...]
) -> None:
    company = await create_company(database)
    books = [owed_by(company), Book(kind=BookKind.VAT), Book(kind=BookKind.UNIDENTIFIED)]

    with pytest.raises(IntegrityError, match="add up to"):
        await add(database, TX, dict(zip(books, moved, strict=False)), _transaction(len(moved)))


async def test_a_transaction_without_its_entries_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="0 entries of 2"):
        async with database.begin() as session:
            session.add(_transaction(2))


async def test_nothing_can_be_added_to_what_is_posted(database: Database) -> None:
    company = await create_company(database)
    [made] = await post(database, charge("1", company))
    advances = Book.advances(company.organization.id, company.account.id)

    with pytest.raises(IntegrityError, match="5 entries of 3"):
        await add(database, made.id, {advances: 5, Book(kind=BookKind.UNIDENTIFIED): -5})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET amount = -amount",
        "UPDATE ledger_transactions SET effective_on = effective_on",
        "DELETE FROM ledger_entries",
        "DELETE FROM ledger_transactions",
        "TRUNCATE ledger_entries",
    ],
)
async def test_what_is_posted_stays(database: Database, change: str) -> None:
    await post(database, charge("1", await create_company(database)))

    with pytest.raises(DBAPIError, match="is only added to"):
        async with database.begin() as session:
            await session.execute(text(change))
