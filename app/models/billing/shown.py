"""Invoices, balances and statements as members read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from app.errors import Flaw, Invalid
from app.models.billing.invoice import InvoiceKind, InvoiceStatus
from app.models.billing.posting import DocumentType, PostingKind
from app.models.money import ZERO, Money, total
from app.models.period import Period

LONGEST_STATEMENT: Final = 3660
"""Days: ten years."""
MOST_POSTINGS: Final = 5000
"""Of one statement."""


class StatementRangeInvalid(Invalid):
    """The days end before they begin, or there are more of them than one statement holds."""

    code = "statement_range_invalid"


class StatementTooLong(Invalid):
    """More postings than one statement holds; fewer days have fewer."""

    code = "statement_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    account_id: UUID | None = None
    status: InvoiceStatus | None = None
    kind: InvoiceKind | None = None
    first: date
    last: date
    """Days of issue, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInvoice:
    id: UUID
    number: str
    account_id: UUID
    account_number: str
    kind: InvoiceKind
    period: Period | None
    issued_on: date
    due_on: date
    net: Money
    vat_rate: Decimal
    vat: Money
    total: Money
    paid: Money
    status: InvoiceStatus
    corrects_id: UUID | None

    @property
    def outstanding(self) -> Money:
        return ZERO if self.status is InvoiceStatus.CANCELLED else self.total - self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    position: int
    code: str
    description: str | None
    eic: str | None
    quantity: Decimal
    unit: str
    price: Decimal
    net: Money
    vat: Money
    total: Money
    basis: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    invoice: ShownInvoice
    lines: Sequence[ShownLine]


@dataclass(frozen=True, slots=True)
class Due:
    amount: Money
    due_on: date


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    amount: Money
    received_on: date
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    account_id: UUID
    account_number: str
    to_pay: Money
    overdue: Money
    disputed: Money
    prepaid: Money
    next_due: Due | None
    last_payment: ReceivedPayment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetTotals:
    """The sums over all accounts whose bills the caller may see."""

    to_pay: Money = ZERO
    overdue: Money = ZERO
    disputed: Money = ZERO
    prepaid: Money = ZERO


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a statement, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date | None, last: date | None, *, today: date) -> Self:
        """Return the days; unasked they begin with the year and end today.

        :raises StatementRangeInvalid:
        """
        last = last or today
        first = first or date(last.year, 1, 1)
        if not 0 <= (last - first).days < LONGEST_STATEMENT:
            flaw = Flaw("from", StatementRangeInvalid.code)
            raise StatementRangeInvalid(flaws=[flaw], longest=LONGEST_STATEMENT)
        return cls(first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One transaction of the ledger, as far as it changed the customer's balance."""

    id: UUID
    posted_on: date
    kind: PostingKind
    document_type: DocumentType | None
    document_id: UUID | None
    document_number: str | None
    amount: Money
    """Positive: the customer owes more."""

    @property
    def debit(self) -> Money:
        return max(self.amount, ZERO)

    @property
    def credit(self) -> Money:
        return max(-self.amount, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    days: Days
    opening: Money
    rows: Sequence[StatementRow]

    @property
    def debit(self) -> Money:
        return total(each.debit for each in self.rows)

    @property
    def credit(self) -> Money:
        return total(each.credit for each in self.rows)

    @property
    def closing(self) -> Money:
        return self.opening + self.debit - self.credit

    def balances(self) -> list[Money]:
        """Return what is owed after each row."""
        owed, after = self.opening, []
        for row in self.rows:
            owed += row.amount
            after.append(owed)
        return after
