"""The energy between two values of a register."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from app.models.metering.energy.register import Mark, RegisterLife, Scale

LEAST_RATES: Final = 3
"""Spans that must be known before any energy can be called likely."""
MOST_RATES: Final = 13
"""Spans that are looked back on: a year and one."""
LOW_FACTOR: Final = Decimal("0.5")
HIGH_FACTOR: Final = Decimal("1.5")

LAST_TENTH: Final = Decimal("0.9")
FIRST_TENTH: Final = Decimal("0.1")


class Unknown(StrEnum):
    """Why nobody can say how much energy there was; the codes of findings."""

    REGISTER_FELL = "register_fell"
    """The later value is lower, and that the register passed zero is not likely."""
    SCALE_CHANGED_UNREAD = "scale_changed_unread"
    """The multiplier or the digits changed on a day without a value."""


class Span(NamedTuple):
    """From one value that counts to the next: half-open, in days."""

    starts_on: date
    ends_on: date
    energy: Decimal | None
    """kWh or kvarh; None when it is unknown."""
    is_measured: bool
    """Whether both of its values were read."""
    unknown: Unknown | None = None

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days


class DailyRange(NamedTuple):
    """The energy of a day that a register's past makes likely, in kWh or kvarh."""

    low: Decimal
    high: Decimal


def counted(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Leave out each estimate that an actual value follows: it gives way entirely."""
    if all(mark.is_actual for mark in marks):
        return marks
    last_actual = max((index for index, mark in enumerate(marks) if mark.is_actual), default=-1)
    return [mark for index, mark in enumerate(marks) if mark.is_actual or index > last_actual]


def spans(life: RegisterLife) -> list[Span]:
    """Return the energy between each two neighbouring values that count, oldest first."""
    found: list[Span] = []
    for earlier, later in pairwise(counted(life.marks)):
        found.append(between(earlier, later, life, found))
    return found


def usual(known: Sequence[Span]) -> DailyRange | None:
    """Return what a day takes, judged by the newest spans; None with fewer than three of them."""
    rates = [
        span.energy / span.days
        for span in known[-MOST_RATES:]
        if span.energy is not None and span.is_measured
    ]
    if len(rates) < LEAST_RATES:
        return None
    return DailyRange(low=min(rates) * LOW_FACTOR, high=max(rates) * HIGH_FACTOR)


def passes_zero(earlier: Mark, later: Mark, scale: Scale, usual_day: DailyRange | None) -> bool:
    """Tell whether a register that shows less than before has likely passed zero in between.

    It has if the energy that this would mean is within what is usual; or if both values were
    read, the earlier in the last tenth of the register's range and the later in the first. An
    estimate at the end of the range does not say where the register stood.
    """
    capacity = scale.capacity
    energy = (later.value - earlier.value + capacity) * scale.multiplier
    if usual_day is not None and energy <= usual_day.high * (later.day - earlier.day).days:
        return True
    is_measured = earlier.is_actual and later.is_actual
    was_at_the_end = earlier.value >= LAST_TENTH * capacity
    return is_measured and was_at_the_end and later.value < FIRST_TENTH * capacity


def between(earlier: Mark, later: Mark, life: RegisterLife, known: Sequence[Span]) -> Span:
    """Return the energy from one value that counts to the next; `known` are the spans before."""
    is_measured = earlier.is_actual and later.is_actual
    scale = life.scale_between(earlier.day, later.day)
    if scale is None:
        unknown = Unknown.SCALE_CHANGED_UNREAD
        return Span(earlier.day, later.day, None, is_measured, unknown)
    shown = later.value - earlier.value
    if shown < 0:
        if not passes_zero(earlier, later, scale, usual(known)):
            return Span(earlier.day, later.day, None, is_measured, Unknown.REGISTER_FELL)
        shown += scale.capacity
    return Span(earlier.day, later.day, shown * scale.multiplier, is_measured)


def iter_days(marks: Sequence[Mark]) -> Iterator[date]:
    """Yield the days on which the register was read."""
    return (mark.day for mark in marks if mark.is_actual)
