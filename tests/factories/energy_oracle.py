"""What a register's months come to, worked out day by day and without the product's code.

The oracle is told what really happened (where a register passed zero, where a value was mistyped);
the product has to find it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Value:
    """What a register showed at the beginning of a day."""

    day: date
    shown: Decimal
    is_actual: bool = True
    event: str = "periodic"
    passed_zero: bool = False
    """Since the actual value before it."""
    is_impossible: bool = False
    """The value before it was mistyped: nobody knows the energy in between."""


@dataclass(frozen=True)
class Counter:
    """A register, the days on which it ran for an account, and how it counted from which day."""

    values: Sequence[Value]
    scales: Sequence[tuple[date, int, Decimal]]
    """First day, digits, multiplier; oldest first."""
    runs_from: date
    runs_until: date = date.max
    code: str = "1.8.0"
    zone: str = "total"


@dataclass
class Month:
    thousandths: int | None = 0
    """Of a kWh; None: nobody knows."""
    is_estimated: bool = False
    counters: list[Counter] = field(default_factory=list)


def months_of(counters: Sequence[Counter]) -> dict[str, tuple[str | None, bool]]:
    """Return energy and is_estimated by period, of the months of which something is known."""
    found: dict[str, Month] = {}
    for counter in counters:
        for period, energy in _energies(counter):
            month = found.setdefault(period, Month())
            month.thousandths = _sum(month.thousandths, energy)
            if counter not in month.counters:
                month.counters.append(counter)
    for period, month in found.items():
        month.is_estimated = any(not _was_read(counter, period) for counter in month.counters)
    return {
        period: (_text(month.thousandths), month.is_estimated) for period, month in found.items()
    }


def _energies(counter: Counter) -> Iterator[tuple[str, int | None]]:
    last_read = max((value.day for value in counter.values if value.is_actual), default=date.min)
    counting = [value for value in counter.values if value.is_actual or value.day > last_read]
    for earlier, later in pairwise(counting):
        _, digits, multiplier = [each for each in counter.scales if each[0] <= earlier.day][-1]
        energy = Fraction(later.shown - earlier.shown) * Fraction(multiplier)
        if later.passed_zero:
            energy += 10**digits * Fraction(multiplier)
        yield from _shares(earlier.day, later.day, None if later.is_impossible else energy)


def _shares(starts: date, ends: date, energy: Fraction | None) -> Iterator[tuple[str, int | None]]:
    days: dict[str, int] = {}
    day = starts
    while day < ends:
        period = f"{day:%Y-%m}"
        days[period] = days.get(period, 0) + 1
        day += DAY
    given, last = 0, list(days)[-1]
    for period, number in days.items():
        if energy is None:
            yield period, None
        elif period == last:
            yield period, round(energy * 1000) - given
        else:
            share = int(energy * 1000 * number / (ends - starts).days)
            given += share
            yield period, share


def _was_read(counter: Counter, period: str) -> bool:
    first = date.fromisoformat(f"{period}-01")
    after = (first + 31 * DAY).replace(day=1)
    read_on = {value.day for value in counter.values if value.is_actual}
    return {max(first, counter.runs_from), min(after, counter.runs_until)} <= read_on


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _text(thousandths: int | None) -> str | None:
    return None if thousandths is None else f"{Decimal(thousandths) / 1000:.3f}"
