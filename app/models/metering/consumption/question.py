from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Self

from app.errors import Flaw
from app.models.metering.register import Energy
from app.models.period import FIRST_YEAR, MONTHS, Period, RangeInvalid

LONGEST_SPAN: Final = 120
"""Months in one report."""

QUARTER: Final = 3
"""Months whose level the forecast takes for the running one."""


class GroupBy(StrEnum):
    ZONE = "zone"
    REGISTER = "register"
    ACCOUNT = "account"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which energy of which months somebody wants to see, and divided into what."""

    first: Period
    last: Period
    """The last month, included."""
    current: Period
    """The month that runs now; its closing readings may still be on their way."""
    energy: Energy
    group_by: GroupBy

    @classmethod
    def of(
        cls,
        first: Period | None,
        last: Period | None,
        *,
        energy: Energy,
        group_by: GroupBy,
        today: date,
    ) -> Self:
        """Return the question; unasked, it ends with the running month and begins a year before.

        :raises RangeInvalid:
        """
        current = Period.containing(today)
        last = last or current
        first = first or max(last.shifted(-MONTHS), Period(FIRST_YEAR, 1))
        if not 0 <= last.months_since(first) < LONGEST_SPAN:
            flaw = Flaw(pointer="from", code=RangeInvalid.code)
            raise RangeInvalid(flaws=[flaw], longest=LONGEST_SPAN)
        return cls(first=first, last=last, current=current, energy=energy, group_by=group_by)

    @property
    def since(self) -> date:
        """The first day of the earliest month whose energy matters for the answer.

        The months of the year before, and those the forecast looks back on.
        """
        earliest = min(self.first, self.current.shifted(-QUARTER - 1))
        return earliest.shifted(-MONTHS).starts_on
