"""How long the operator may take: whole days of Kyiv, from the day after the event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.models.orders.working_calendar import ONE_DAY, WorkingCalendar

LONGEST_TERM: Final = 400
"""Days; the longest that the law gives is 280."""
LONGEST_COUNT: Final = 10 * 366
"""Days looked at, pauses included; an order that waits longer has no due date any more."""


class DayUnit(StrEnum):
    WORKING = "working"
    CALENDAR = "calendar"


class FirstDay(StrEnum):
    """Which day is the first one of a term."""

    NEXT_DAY = "next_day"
    """The day after the event (Civil Code, article 253)."""
    NEXT_WORKING_DAY = "next_working_day"
    """The next working day after the event (grid code, 4.2.4: from payment)."""


@dataclass(frozen=True, slots=True)
class Term:
    """So many days, counted from a first day on."""

    days: int
    unit: DayUnit
    first_day: FirstDay = FirstDay.NEXT_DAY


@dataclass(frozen=True, slots=True)
class Pause:
    """The days on which the customer, and not the operator, is waited for.

    The day on which a pause begins still counts, and so does none after it until the day on which
    it ends, that one included: a question answered on the same day costs nobody a day.
    """

    since: date
    until: date | None = None
    """None: it still lasts."""

    def covers(self, day: date) -> bool:
        return self.since < day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a term."""

    due_on: date
    """As counted."""
    shifted_on: date
    """The next working day, where a term in calendar days ends on another (Civil Code,
    article 254); the operator is late after this day."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """A term that runs from an event on, with its pauses."""

    term: Term
    event_on: date
    calendar: WorkingCalendar
    pauses: Sequence[Pause] = ()

    @property
    def first_day(self) -> date:
        next_day = self.event_on + ONE_DAY
        if self.term.first_day is FirstDay.NEXT_WORKING_DAY:
            return self.calendar.working_day_from(next_day)
        return next_day

    def used(self, today: date) -> int:
        """Return how many days of the term have begun, today included."""
        last = min((today - self.first_day).days + 1, LONGEST_COUNT)
        days = (self.first_day + timedelta(days=passed) for passed in range(last))
        return sum(self._counts(day) for day in days)

    def due(self, today: date) -> DueDate | None:
        """Return the last day; a pause that still lasts is taken to end today.

        None: it is too far away to say, after pauses of years.
        """
        left = self.term.days
        for day in self._days():
            left -= self._counts(day, today=today)
            if left == 0:
                return DueDate(day, self._shifted(day))
        return None

    def _days(self) -> Iterator[date]:
        first = self.first_day
        return (first + timedelta(days=passed) for passed in range(LONGEST_COUNT))

    def _counts(self, day: date, today: date | None = None) -> bool:
        if self.term.unit is DayUnit.WORKING and not self.calendar.is_working(day):
            return False
        # A day to come is not paused yet.
        is_to_come = today is not None and day > today
        return not any(
            pause.covers(day) and not (is_to_come and pause.until is None) for pause in self.pauses
        )

    def _shifted(self, day: date) -> date:
        return self.calendar.working_day_from(day)
