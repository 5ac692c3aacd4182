"""The energy of one register in each calendar month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from app.models.metering.energy.register import RegisterLife
from app.models.metering.energy.spans import Span, Unknown, iter_days, spans
from app.models.period import MONTHS, Period

Month: TypeAlias = int
"""Months since the year 0: plain integers, because a chart of years adds up thousands of them."""

EXACT: Final = Decimal("0.001")
"""kWh: shares of a span are cut to what the wire shows, so that they still add up to it."""

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


@dataclass(slots=True)
class MonthEnergy:
    """What went through one register in one month."""

    energy: Decimal | None
    """kWh or kvarh, as far as it is known; None when a part of it cannot be known."""
    days_known: int
    """Days of the month that lie between two values."""
    unknown: Unknown | None
    is_estimated: bool = False
    """Whether the register was not read at an end of its part of the month."""
    is_complete: bool = False
    """Whether the whole of the register's part of the month is known."""

    def add(self, energy: Decimal | None, days: int, unknown: Unknown | None) -> None:
        if self.energy is None or energy is None:
            self.energy = None
        else:
            self.energy += energy
        self.days_known += days
        self.unknown = self.unknown or unknown


def monthly(life: RegisterLife) -> dict[Month, MonthEnergy]:
    """Return the energy of each month that lies, wholly or partly, between two values."""
    months: dict[Month, MonthEnergy] = {}
    for span in spans(life):
        for month, energy, days in shares(span):
            found = months.get(month)
            if found is None:
                months[month] = MonthEnergy(energy, days, span.unknown)
            else:
                found.add(energy, days, span.unknown)
    read_on = set(iter_days(life.marks))
    for month, found in months.items():
        starts_on, ends_on = part_of(month, life)
        found.is_estimated = starts_on not in read_on or ends_on not in read_on
        is_covered = found.days_known == (ends_on - starts_on).days
        found.is_complete = is_covered and found.energy is not None
    return months


def part_of(month: Month, life: RegisterLife) -> tuple[date, date]:
    """Return the days of a month in which the register ran: the first, and the first after."""
    starts_on, ends_on = starts(month), starts(month + 1)
    if life.runs_from is not None and life.runs_from > starts_on:
        starts_on = min(life.runs_from, ends_on)
    if life.runs_until is not None and life.runs_until < ends_on:
        ends_on = max(life.runs_until, starts_on)
    return starts_on, ends_on


def shares(span: Span) -> Iterator[tuple[Month, Decimal | None, int]]:
    """Divide a span over its months by their days; cut to 0.001, the last takes the rest."""
    first, last = month_of(span.starts_on), month_of(span.ends_on)
    if span.ends_on == starts(last):
        last -= 1
    if first == last:
        yield first, span.energy, span.days
        return
    given, begins_on, all_days = ZERO, span.starts_on, span.days
    for month in range(first, last + 1):
        ends_on = min(starts(month + 1), span.ends_on)
        days = (ends_on - max(starts(month), begins_on)).days
        if span.energy is None:
            yield month, None, days
        elif month == last:
            yield month, span.energy - given, days
        else:
            share = (span.energy * days / all_days).quantize(EXACT, ROUND_DOWN)
            given += share
            yield month, share, days


def billed(before: Decimal, through: Decimal) -> int:
    """Return the whole kWh to bill for a month of a metering point.

    `before` and `through` are the energies since the point's first value, up to the month's
    beginning and up to its end. Because the sums are rounded and not the months, no error adds
    up. Source: Code of Commercial Metering 9.7.2, commercial data are whole kWh.
    """
    return int(through.quantize(ONE, ROUND_HALF_UP)) - int(before.quantize(ONE, ROUND_HALF_UP))


def month_of(day: date) -> Month:
    return day.year * MONTHS + day.month - 1


@lru_cache(maxsize=4096)
def period_of(month: Month) -> Period:
    return Period(month // MONTHS, month % MONTHS + 1)


@lru_cache(maxsize=4096)
def starts(month: Month) -> date:
    """Return the first day of a month."""
    return period_of(month).starts_on
