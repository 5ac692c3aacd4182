"""Instalments: what a contract has paid for a month before its energy is known (ПРРЕЕ 4.7)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.billing.payment_terms import PaymentForm
from app.models.money import Money
from app.models.period import Period

MOST_INSTALMENTS: Final = 12
"""Of one month."""
WHOLE_PLAN: Final = Decimal(100)


class Instalment(Base):
    """One row of a contract's schedule: a part of the month's plan, or a sum that is fixed."""

    __tablename__ = "instalments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        CheckConstraint("day_of_month BETWEEN 1 AND 31", name="day_of_month_range"),
        CheckConstraint("due_days BETWEEN 1 AND 60", name="due_days_range"),
        CheckConstraint("num_nonnulls(percent, amount) = 1", name="percent_or_amount"),
        CheckConstraint("percent > 0 AND percent <= 100", name="percent_range"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("extract(day FROM since) = 1", name="since_is_a_month"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    since: Mapped[date]
    """The first day of the first month that it is asked for."""
    day_of_month: Mapped[int] = mapped_column(SmallInteger)
    """When it is issued; in a shorter month on its last day."""
    percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    """Of the plan, at the tariff of the month."""
    amount: Mapped[Money | None]
    """With VAT."""
    due_days: Mapped[int] = mapped_column(SmallInteger)
    """Working days, counted from the day after it is issued."""

    def issued_on(self, period: Period, form: PaymentForm) -> date:
        """Return its day: within the month, or in the month before it for a prepayment."""
        month = period.shifted(-1) if form is PaymentForm.PREPAYMENT else period
        return month.starts_on.replace(day=min(self.day_of_month, month.days))

    def issue_key(self, period: Period) -> str:
        """Name what it bills: once for each month, also where the schedule changes in it."""
        return f"planned:{self.account_id}:{period}:{self.position}"


class PlannedEnergy(Base):
    """What a customer has declared to take at a metering point in a month."""

    __tablename__ = "planned_energy"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        CheckConstraint("kwh >= 0", name="kwh_not_negative"),
        CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    eic: Mapped[str] = mapped_column(primary_key=True)
    kwh: Mapped[int]


@dataclass(frozen=True, slots=True)
class DueInstalment:
    """An instalment of one month, whose day has come."""

    period: Period
    instalment: Instalment

    @property
    def issue_key(self) -> str:
        return self.instalment.issue_key(self.period)


def due_instalments(
    instalments: Iterable[Instalment], form: PaymentForm, today: date
) -> Iterator[DueInstalment]:
    """Yield what is to be issued by a day: of the running month, and of the next if prepaid.

    What was missed of a month that is over, its final invoice asks for.
    """
    this = Period.containing(today)
    months = {
        PaymentForm.ACTUAL: (),
        PaymentForm.PLANNED: (this,),
        PaymentForm.PREPAYMENT: (this, this.shifted(1)),
    }[form]
    rows = sorted(instalments, key=lambda each: each.position)
    for period in months:
        for each in rows:
            if each.since <= period.starts_on and each.issued_on(period, form) <= today:
                yield DueInstalment(period, each)


def next_issue(
    instalment: Instalment, form: PaymentForm, today: date
) -> tuple[Period, date] | None:
    """Return the next month that an instalment will be asked for after a day, and when."""
    if form is PaymentForm.ACTUAL:
        return None
    first = max(Period.containing(today), Period.containing(instalment.since))
    for ahead in range(3):
        period = first.shifted(ahead)
        issued_on = instalment.issued_on(period, form)
        if issued_on > today:
            return period, issued_on
    return None
