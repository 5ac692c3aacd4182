"""Invoices: immutable documents, and beside them how far each has been paid."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, NotFound
from app.models.base import Base, Owned
from app.models.money import ZERO, Money

VAT_RATE: Final = Decimal("0.20")


class InvoiceNotFound(NotFound):
    """No invoice has this number, or two companies have one with it."""

    code = "invoice_not_found"


class InvoiceNotDisputable(Conflict):
    """Nothing of it is owed, or it is an instalment, which earns nothing yet."""

    code = "invoice_not_disputable"


class InvoiceKind(StrEnum):
    PLANNED = "planned"
    """An instalment of a plan; the final invoice of its month takes its place."""
    FINAL = "final"
    SERVICE = "service"
    CORRECTIVE = "corrective"
    """What changed about a month that was billed already; negative where too much was."""
    PENALTY = "penalty"
    IMPORTED = "imported"
    """Issued by the operator's own billing, under its number there."""


class InvoiceStatus(StrEnum):
    OPEN = "open"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    """A planned one that its final invoice has taken the place of."""


class Invoice(Owned, Base):
    """A document once issued is never changed: another document corrects it.

    A trigger refuses any change; what has been paid stands in `InvoicePart`.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "corrects_id"], ["invoices.organization_id", "invoices.id"]
        ),
        UniqueConstraint("organization_id", "number"),
        UniqueConstraint("organization_id", "issue_key"),
        CheckConstraint("total = net + vat", name="adds_up"),
        CheckConstraint("(kind = 'corrective') OR total >= 0", name="only_corrections_negative"),
        CheckConstraint("number ~ '^[!-~]{1,35}$'", name="number_ascii"),
        CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
        Index("ix_invoices_account", "organization_id", "account_id", "issued_on", "id"),
        Index("ix_invoices_number", "number"),
    )

    account_id: Mapped[UUID]
    number: Mapped[str]
    """ASCII, because a payment code takes nothing else; without gaps within its series."""
    issue_key: Mapped[str]
    """What it bills: the same is billed once, however often it is tried."""
    kind: Mapped[str]
    period: Mapped[date | None]
    """The first day of the month that it bills."""
    issued_on: Mapped[date]
    due_on: Mapped[date]
    net: Mapped[Money]
    vat_rate: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    vat: Mapped[Money]
    total: Mapped[Money]
    corrects_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    customer: Mapped[dict[str, Any]]
    """Name, tax id, account and contract as they were on the day."""


class InvoiceLine(Base):
    __tablename__ = "invoice_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "invoice_id"], ["invoices.organization_id", "invoices.id"]
        ),
        CheckConstraint("total = net + vat", name="adds_up"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    code: Mapped[str]
    charge: Mapped[str]
    description: Mapped[str | None]
    """Words of the operator; None where the code and the numbers say it in every language."""
    eic: Mapped[str | None]
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 3))
    unit: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric(18, 9))
    """Without VAT, for one unit."""
    net: Mapped[Money]
    vat: Mapped[Money]
    total: Mapped[Money]
    basis: Mapped[dict[str, Any]]
    """The very numbers that the line was made of: what explains it."""


class InvoicePart(Base):
    """What an invoice asks for in one class of charge, and how much of it has been settled.

    What is still owed is `total - paid`. A negative one is settled the day it is issued.
    """

    __tablename__ = "invoice_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "invoice_id"], ["invoices.organization_id", "invoices.id"]
        ),
        CheckConstraint(
            "paid BETWEEN least(total, 0) AND greatest(total, 0)", name="paid_within_total"
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    charge: Mapped[str] = mapped_column(primary_key=True)
    total: Mapped[Money]
    paid: Mapped[Money] = mapped_column(default=ZERO)
    disputed_at: Mapped[datetime | None]
    """Since when the customer disputes it; no payment is set against it until that ends."""


class InvoiceAllocation(Base):
    """How much of an invoice one transaction of the ledger has settled; negative undoes one."""

    __tablename__ = "invoice_allocations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "invoice_id", "charge"],
            [
                "invoice_parts.organization_id",
                "invoice_parts.invoice_id",
                "invoice_parts.charge",
            ],
        ),
        CheckConstraint("amount <> 0", name="settles_something"),
        Index("ix_invoice_allocations_transaction", "transaction_id"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    charge: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    amount: Mapped[Money]


class InvoiceSeries(Base):
    """The last number given in a series; locked by whoever issues, so that no number is missing."""

    __tablename__ = "invoice_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


def invoice_number(series: str, place: int) -> str:
    return f"{series}-{place:06}"


def status_of(
    *, total: Money, paid: Money, due_on: date, today: date, is_cancelled: bool
) -> InvoiceStatus:
    """Return how far an invoice has come, on a day."""
    if is_cancelled:
        return InvoiceStatus.CANCELLED
    if paid == total:
        return InvoiceStatus.PAID
    if due_on < today:
        return InvoiceStatus.OVERDUE
    return InvoiceStatus.PARTIALLY_PAID if paid else InvoiceStatus.OPEN
