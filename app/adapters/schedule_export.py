"""Two CSV files with schedules of payment and declared plans; docs/money.md tells the form."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from app.adapters.register_export.columns import (
    ValueRefused,
    decimal,
    metering_point,
    one_of,
    optional,
    positive,
    required,
    whole_number,
)
from app.adapters.register_export.problems import ExportMissing, Problem, Problems
from app.adapters.register_export.rows import Row, good_rows_of
from app.adapters.register_export.sheets import Sheet
from app.identifiers import AccountNumbers
from app.models.billing.instalment import WHOLE_PLAN
from app.models.billing.payment_terms import PaymentForm
from app.models.billing.planned_schedule import AccountSchedule, ScheduleRow
from app.models.money import Money
from app.models.period import Period

MOST_ROWS: Final = 200_000
"""Of each file in one load; more come in several directories."""
LARGEST_PLAN: Final = 999_999_999
"""kWh of one metering point in one month."""
INSTALMENTS, PLAN = "instalments.csv", "planned_energy.csv"


@dataclass(frozen=True, slots=True)
class ScheduleExport:
    """A directory with `instalments.csv`, with `planned_energy.csv`, or with both."""

    directory: Path
    account_numbers: AccountNumbers

    def read(self, problems: Problems) -> list[AccountSchedule]:
        """Return what is said of each account; what is wrong with a row goes to the problems.

        :raises ExportMissing: there is no such directory, or neither file is in it.
        """
        files = [each for each in (INSTALMENTS, PLAN) if (self.directory / each).is_file()]
        if not files:
            raise ExportMissing(self.directory, f"{INSTALMENTS} and {PLAN} not found")
        found: dict[str, AccountSchedule] = {}
        if INSTALMENTS in files:
            for row in self._rows(_instalments(self.account_numbers), problems):
                _of(found, row).rows.append(_row(row))
        if PLAN in files:
            for row in self._rows(_plan(self.account_numbers), problems):
                plan, place = _of(found, row).plan, (row["period"], row["eic"])
                if place in plan:
                    problems.add(Problem(PLAN, row["line"], "period", "repeated", row["eic"]))
                plan[place] = row["line"], row["kwh"]
        return list(found.values())

    def _rows(self, sheet: Sheet, problems: Problems) -> Iterator[Row]:
        return good_rows_of(self.directory, sheet, most=MOST_ROWS, problems=problems)


def _instalments(account_numbers: AccountNumbers) -> Sheet:
    return Sheet(
        "instalments",
        {
            "account_number": required(account_numbers.parse),
            "form": required(one_of(PaymentForm)),
            "since": optional(period),
            "day_of_month": optional(whole_number(1, 31)),
            "percent": optional(_percent),
            "amount": optional(positive(decimal(13, 2))),
            "due_days": optional(whole_number(1, 60)),
        },
        key=("account_number",),
    )


def _plan(account_numbers: AccountNumbers) -> Sheet:
    return Sheet(
        "planned_energy",
        {
            "account_number": required(account_numbers.parse),
            "eic": required(metering_point),
            "period": required(period),
            "kwh": required(whole_number(0, LARGEST_PLAN)),
        },
        key=("account_number",),
    )


def period(cell: str) -> Period:
    """Return the month written `2026-10`."""
    try:
        return Period.parse(cell.strip())
    except ValueError:
        raise ValueRefused("period_invalid") from None


def _percent(cell: str) -> Decimal:
    number = positive(decimal(5, 2))(cell)
    if number > WHOLE_PLAN:
        raise ValueRefused("number_out_of_range")
    return number


def _of(found: dict[str, AccountSchedule], row: Row) -> AccountSchedule:
    number = row["account_number"]
    return found.setdefault(number, AccountSchedule(number))


def _row(row: Row) -> ScheduleRow:
    amount = row["amount"]
    return ScheduleRow(
        row=row["line"],
        form=PaymentForm(row["form"]),
        since=row["since"],
        day_of_month=row["day_of_month"],
        percent=row["percent"],
        amount=None if amount is None else Money.rounded(amount),
        due_days=row["due_days"],
    )
