from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

DUE_DAYS: Final = 5
"""Working days in which an invoice is due where the contract says nothing else."""
SATURDAY: Final = 5
ONE_DAY: Final = timedelta(days=1)


class PaymentForm(StrEnum):
    """How a contract has its energy paid (ПРРЕЕ 4.7)."""

    ACTUAL = "actual"
    """After the month, for what was taken."""
    PLANNED = "planned"
    """By instalments of a plan, with a final invoice after the month."""
    PREPAYMENT = "prepayment"
    """Before the month, with a final invoice after it."""


class PaymentTerms(Base):
    """What a contract says about paying. An account without a row has the defaults.

    Whoever moves the money of an account locks its row first, so that an invoice being issued and
    a payment arriving see each other. Several accounts are locked in the order of their keys.
    """

    __tablename__ = "payment_terms"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        CheckConstraint("due_days BETWEEN 1 AND 60", name="due_days_range"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(default=PaymentForm.ACTUAL.value)
    due_days: Mapped[int] = mapped_column(SmallInteger, default=DUE_DAYS)


def due_on(issued_on: date, working_days: int) -> date:
    """Return the last day on which an invoice is paid in time, counted from the day after it.

    Holidays are working days while martial law lasts (law 2136-IX, article 6).
    """
    day = issued_on
    while working_days:
        day += ONE_DAY
        working_days -= day.weekday() < SATURDAY
    return day
