"""The ledger: the one place that writes both sides of every movement of money."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    DateTime,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from app.models.billing.books import Book
from app.models.billing.ledger import LedgerEntry, LedgerTransaction
from app.models.billing.posting import Posting
from app.models.money import ZERO, Money
from app.repositories.base import Repository


class PostedOtherwise(ValueError):
    """A business key stands for another movement already: an error of ours."""


# The rows are given in the order of their ids, so that nobody waits in a ring.
_MOVE: Final = text("""
INSERT INTO ledger_accounts (id, organization_id, account_id, kind, name, balance)
SELECT * FROM unnest(:ids, :organization_ids, :account_ids, :kinds, :names, :amounts)
    ON CONFLICT (id) DO UPDATE SET balance = ledger_accounts.balance + excluded.balance
RETURNING id, balance
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("organization_ids", type_=ARRAY(Uuid)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("names", type_=ARRAY(Text)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
)
_OPEN: Final = text("""
INSERT INTO ledger_transactions (id, source, source_ref, kind, effective_on, recorded_at, entries,
                                 document_type, document_id, document_number, reverses_id)
SELECT f.id, f.source, f.source_ref, f.kind, f.effective_on, :recorded_at, f.entries,
       f.document_type, f.document_id, f.document_number, f.reverses_id
  FROM unnest(:ids, :sources, :source_refs, :kinds, :days, :entries, :document_types,
              :document_ids, :document_numbers, :reverses)
    AS f(id, source, source_ref, kind, effective_on, entries, document_type, document_id,
         document_number, reverses_id)
    ON CONFLICT DO NOTHING
RETURNING id
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("sources", type_=ARRAY(Text)),
    bindparam("source_refs", type_=ARRAY(Text)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("recorded_at", type_=DateTime(timezone=True)),
    bindparam("entries", type_=ARRAY(SmallInteger)),
    bindparam("document_types", type_=ARRAY(Text)),
    bindparam("document_ids", type_=ARRAY(Uuid)),
    bindparam("document_numbers", type_=ARRAY(Text)),
    bindparam("reverses", type_=ARRAY(Uuid)),
)


class Ledger(Repository):
    """Posts transactions. A use case holds every book it will touch, and then posts.

    Books are locked in the order of their ids, by `hold` and by `post` alike; a use case that
    decides by a balance holds all its books first, so that its later posts wait for nobody.
    """

    async def hold(self, books: Iterable[Book]) -> dict[Book, Money]:
        """Return what stands in these books; nobody moves it until the transaction ends."""
        return await self._move(dict.fromkeys(books, ZERO))

    async def post(self, *postings: Posting, now: datetime) -> list[Posting]:
        """Write transactions that are not there yet, and return those: the others stand already.

        :raises PostedOtherwise: a business key stands for other amounts.
        """
        opened = await self._open(postings, now) if postings else set()
        fresh = [each for each in postings if each.id in opened]
        for posting in postings:
            if posting.id not in opened:
                await self._require_same(posting)
        moved: dict[Book, Money] = {}
        for posting in fresh:
            for book, amount in posting.amounts.items():
                moved[book] = moved.get(book, ZERO) + amount
        if fresh:
            await self._move(moved)
            await self._session.execute(insert(LedgerEntry), list(_entries(fresh)))
        return fresh

    async def id_of(self, source: str, source_ref: str) -> UUID:
        """Return the transaction that stands for a business key; there is one."""
        asked = select(LedgerTransaction.id).where(
            LedgerTransaction.source == source, LedgerTransaction.source_ref == source_ref
        )
        return (await self._session.scalars(asked)).one()

    async def _open(self, postings: Sequence[Posting], now: datetime) -> set[UUID]:
        """Write the heads of transactions that are not there yet, and return their ids."""
        documents = [each.document for each in postings]
        values = {
            "ids": [each.id for each in postings],
            "sources": [each.source for each in postings],
            "source_refs": [each.source_ref for each in postings],
            "kinds": [each.kind.value for each in postings],
            "days": [each.effective_on for each in postings],
            "recorded_at": now,
            "entries": [len(each.amounts) for each in postings],
            "document_types": [each.type.value if each else None for each in documents],
            "document_ids": [each.id if each else None for each in documents],
            "document_numbers": [each.number if each else None for each in documents],
            "reverses": [each.reverses_id for each in postings],
        }
        return set(await self._session.scalars(_OPEN, values))

    async def _require_same(self, posting: Posting) -> None:
        amounts = {book.id: amount for book, amount in posting.amounts.items()}
        if await self._posted(posting) != amounts:
            raise PostedOtherwise(*posting.key)

    async def _posted(self, posting: Posting) -> dict[UUID, Money]:
        rows = await self._session.execute(
            select(LedgerEntry.ledger_account_id, LedgerEntry.amount)
            .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
            .where(
                LedgerTransaction.source == posting.source,
                LedgerTransaction.source_ref == posting.source_ref,
            )
        )
        return {row.ledger_account_id: row.amount for row in rows}

    async def _move(self, amounts: Mapping[Book, Money]) -> dict[Book, Money]:
        books = {book.id: book for book in sorted(amounts, key=lambda book: book.id)}
        rows = await self._session.execute(
            _MOVE,
            {
                "ids": list(books),
                "organization_ids": [book.organization_id for book in books.values()],
                "account_ids": [book.account_id for book in books.values()],
                "kinds": [book.kind.value for book in books.values()],
                "names": [book.name for book in books.values()],
                "amounts": [amounts[book].kopiykas for book in books.values()],
            },
        )
        return {books[row.id]: Money(row.balance) for row in rows}


def _entries(postings: Iterable[Posting]) -> Iterable[dict[str, Any]]:
    for posting in postings:
        for book, amount in posting.amounts.items():
            yield {
                "ledger_account_id": book.id,
                "transaction_id": posting.id,
                "amount": amount,
            }
