"""The tables of the ledger; `app/models/billing/books.py` tells what the accounts mean."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.money import Money


class LedgerAccount(Base):
    """An account of the ledger with its balance, which each transaction moves along."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        CheckConstraint(
            "(organization_id IS NULL) = (account_id IS NULL)", name="of_account_or_operator"
        ),
        Index("ix_ledger_accounts_account", "organization_id", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made of the columns below (`Book.id`)."""
    organization_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    balance: Mapped[Money]
    """Debits less credits: positive is what a customer owes, negative what they paid before."""


class LedgerTransaction(Base):
    """Something that moved money. Never changed: it is undone by another that reverses it.

    A trigger compares its entries at the commit: as many as `entries` says, and zero in all.
    """

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("source", "source_ref"),
        UniqueConstraint("reverses_id"),
        CheckConstraint("entries >= 2", name="two_sides"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_ref: Mapped[str]
    kind: Mapped[str]
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    entries: Mapped[int] = mapped_column(SmallInteger)
    document_type: Mapped[str | None]
    document_id: Mapped[UUID | None]
    document_number: Mapped[str | None]
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"))


class LedgerEntry(Base):
    """How much one transaction moved one account: a debit is positive, a credit negative."""

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("amount <> 0", name="moves_something"),)

    ledger_account_id: Mapped[UUID] = mapped_column(
        ForeignKey("ledger_accounts.id"), primary_key=True
    )
    transaction_id: Mapped[UUID] = mapped_column(
        ForeignKey("ledger_transactions.id"), primary_key=True, index=True
    )
    amount: Mapped[Money]
