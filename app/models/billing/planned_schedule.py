"""Schedules of payment and declared plans, as the operator's files state them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.models.billing.instalment import MOST_INSTALMENTS, WHOLE_PLAN, Instalment
from app.models.billing.payment_terms import DUE_DAYS, PaymentForm
from app.models.money import Money
from app.models.period import Period

NO_PERCENT: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """One row of `instalments.csv`."""

    row: int
    """The line of the file, to name it by."""
    form: PaymentForm
    since: Period | None
    day_of_month: int | None
    percent: Decimal | None
    amount: Money | None
    due_days: int | None

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the row alone: the column and the reason."""
        if self.form is PaymentForm.ACTUAL:
            given = (self.since, self.day_of_month, self.percent, self.amount, self.due_days)
            if any(each is not None for each in given):
                yield "form", "actual_has_no_instalments"
            return
        if self.since is None:
            yield "since", "value_missing"
        if self.day_of_month is None:
            yield "day_of_month", "value_missing"
        if (self.percent is None) == (self.amount is None):
            yield "percent", "percent_or_amount"


@dataclass(slots=True)
class AccountSchedule:
    """All that the files say about one account."""

    account_number: str
    rows: list[ScheduleRow] = field(default_factory=list)
    plan: dict[tuple[Period, str], tuple[int, int]] = field(default_factory=dict)
    """By month and EIC: the line of the file, and whole kWh."""

    def faults(self) -> Iterator[tuple[int, str, str]]:
        """Yield what does not fit together: the line, the column and the reason."""
        for row in self.rows:
            yield from ((row.row, column, reason) for column, reason in row.faults())
        if not self.rows:
            return
        last = self.rows[-1]
        if len({each.form for each in self.rows}) > 1:
            yield last.row, "form", "differs_within_account"
        if last.form is PaymentForm.ACTUAL and len(self.rows) > 1:
            yield last.row, "form", "actual_has_no_instalments"
        if len(self.rows) > MOST_INSTALMENTS:
            yield last.row, "account_number", "too_many_instalments"
        if sum((each.percent or NO_PERCENT for each in self.rows), NO_PERCENT) > WHOLE_PLAN:
            yield last.row, "percent", "more_than_the_plan"

    @property
    def form(self) -> PaymentForm | None:
        """How the account pays from now on; None where only a plan is declared."""
        return self.rows[0].form if self.rows else None

    @property
    def kwh(self) -> dict[tuple[Period, str], int]:
        return {place: kwh for place, (_, kwh) in self.plan.items()}

    def instalments(self, organization_id: UUID, account_id: UUID) -> list[Instalment]:
        """Return the rows to keep, in the order of the file."""
        if self.form in {None, PaymentForm.ACTUAL}:
            return []
        return [
            Instalment(
                organization_id=organization_id,
                account_id=account_id,
                position=position,
                since=_first_day(each.since),
                day_of_month=each.day_of_month,
                percent=each.percent,
                amount=each.amount,
                due_days=each.due_days or DUE_DAYS,
            )
            for position, each in enumerate(self.rows, start=1)
        ]


def _first_day(period: Period | None) -> date:
    if period is None:
        raise ValueError("checked before: an instalment has a first month")
    return period.starts_on


def same(before: list[Instalment], after: list[Instalment]) -> bool:
    """Tell whether two schedules ask for the same."""
    return [_facts(each) for each in before] == [_facts(each) for each in after]


def _facts(each: Instalment) -> tuple[object, ...]:
    return (
        each.position,
        each.since,
        each.day_of_month,
        each.percent,
        each.amount,
        each.due_days,
    )
