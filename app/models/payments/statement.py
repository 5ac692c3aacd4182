"""Statements of banks as they were loaded, their lines, and what has been learned from them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, NotFound
from app.models.base import Base, Identified
from app.models.money import Money

MOST_ASSIGNMENTS: Final = 100
"""Of one line: assigned and taken back again."""


class LineState(StrEnum):
    PENDING = "pending"
    """Nobody has looked at it yet."""
    MATCHED = "matched"
    WAITING = "waiting"
    """A person has to say whose money it is."""


class LineNotFound(NotFound):
    """No statement has such a line."""

    code = "statement_line_not_found"


class LineAssigned(Conflict):
    """The money stands with an account already; take it back first."""

    code = "statement_line_assigned"


class LineNotAssigned(Conflict):
    """The money stands with no account."""

    code = "statement_line_not_assigned"


class LineNotAssignable(Conflict):
    """Money that went back to the bank, or that was assigned too often."""

    code = "statement_line_not_assignable"


class StatementRow(Identified, Base):
    """One file of a bank, kept as it came."""

    __tablename__ = "bank_statements"
    __table_args__ = (UniqueConstraint("sha256"),)

    sha256: Mapped[str]
    profile: Mapped[str]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The very bytes, compressed (zlib)."""
    loaded_at: Mapped[datetime]
    act: Mapped[dict[str, Any]]
    """Who has loaded it, and why."""


class StatementLine(Identified, Base):
    """Money that came in, or that the bank took back; what went out is not ours to settle."""

    __tablename__ = "bank_lines"
    __table_args__ = (
        UniqueConstraint("iban", "bank_ref"),
        Index("ix_bank_lines_open", "id", postgresql_where=text("state <> 'matched'")),
    )

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statements.id"))
    iban: Mapped[str]
    bank_ref: Mapped[str]
    booked_on: Mapped[date]
    amount: Mapped[Money]
    is_reversal: Mapped[bool]
    payer: Mapped[dict[str, Any]]
    purpose: Mapped[str]
    reference: Mapped[str | None]
    state: Mapped[str]
    rule: Mapped[str | None]
    candidates: Mapped[dict[str, Any]]
    """Accounts that it may be for, and invoices, as they were seen when it was matched."""
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    assignments: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How often it has been assigned; each is a posting of its own."""


class PayerAlias(Base):
    """For which account this payer has paid before, as an operator has decided."""

    __tablename__ = "payer_aliases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
    )

    iban: Mapped[str] = mapped_column(primary_key=True)
    tax_id: Mapped[str] = mapped_column(primary_key=True)
    """Empty where the bank does not know it."""
    organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    learned_at: Mapped[datetime]
