"""What is written into the ledger: amounts that move from account to account and add up to zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from app.models.base import new_id
from app.models.billing.books import Book
from app.models.money import ZERO, Money, total

MOST_ENTRIES: Final = 500
"""Of one transaction: a payment of all accounts of a large customer."""


class PostingKind(StrEnum):
    """What a customer's statement calls it."""

    OPENING = "opening"
    INVOICE = "invoice"
    CORRECTIVE = "corrective"
    PAYMENT = "payment"
    REFUND = "refund"
    COMPENSATION = "compensation"
    ADJUSTMENT = "adjustment"


class DocumentType(StrEnum):
    INVOICE = "invoice"
    PAYMENT = "payment"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Document:
    """Why money moved, as a customer may look it up."""

    type: DocumentType
    id: UUID
    number: str


class PostingUnsound(ValueError):
    """A posting that no ledger takes: an error of ours, never of who sent something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One transaction of the ledger: debits are positive, credits negative.

    `source` and `source_ref` are its business key: whatever happens twice is posted once.
    """

    id: UUID
    source: str
    """What made it: `invoice`, `payment`, `statement_line` ..."""
    source_ref: str
    kind: PostingKind
    effective_on: date
    """The day of the document or of the bank; the moment of writing stands beside it."""
    amounts: Mapping[Book, Money]
    document: Document | None = None
    reverses_id: UUID | None = None

    def __post_init__(self) -> None:
        if total(self.amounts.values()):
            raise PostingUnsound(f"debits and credits of {self.key} differ")
        if not all(self.amounts.values()) or not 1 < len(self.amounts) <= MOST_ENTRIES:
            raise PostingUnsound(f"{self.key} moves nothing, or too much at once")

    @classmethod
    def of(
        cls,
        source: str,
        source_ref: str,
        kind: PostingKind,
        effective_on: date,
        *moves: tuple[Book, Money],
        document: Document | None = None,
        reverses_id: UUID | None = None,
    ) -> Self:
        """Return the transaction of these moves; several of one book become one entry."""
        amounts: dict[Book, Money] = {}
        for book, amount in moves:
            amounts[book] = amounts.get(book, ZERO) + amount
        return cls(
            id=new_id(),
            source=source,
            source_ref=source_ref,
            kind=kind,
            effective_on=effective_on,
            amounts={book: amount for book, amount in amounts.items() if amount},
            document=document,
            reverses_id=reverses_id,
        )

    def reversed(self, source: str, source_ref: str, effective_on: date) -> "Posting":
        """Return the transaction that undoes this one: nothing posted is ever changed."""
        return Posting.of(
            source,
            source_ref,
            self.kind,
            effective_on,
            *((book, -amount) for book, amount in self.amounts.items()),
            document=self.document,
            reverses_id=self.id,
        )

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.source_ref
