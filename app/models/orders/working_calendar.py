"""Which days are working days in Ukraine, as the operator's calendar says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Final

ONE_DAY: Final = timedelta(days=1)
WEEK: Final = 7
SATURDAY: Final = 5
LONGEST_REST: Final = 60
"""Days without a working day in between; a calendar with more is a mistake in it."""

FIXED_HOLIDAYS: Final = (
    (1, 1),
    (3, 8),
    (5, 1),
    (5, 8),
    (6, 28),
    (7, 15),
    (8, 24),
    (10, 1),
    (12, 25),
)
"""Month and day (Labour Code, article 73, as it reads since 2023)."""
TRINITY_AFTER_EASTER: Final = timedelta(days=49)
GREGORIAN_SHIFT: Final = timedelta(days=13)
"""Between the two calendars from 1900 to 2099."""


class NoWorkingDay(ValueError):
    """The calendar has no working day for longer than any holidays last."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Weekends, what the operator has set day by day, and public holidays from a day on.

    Martial law suspends public holidays (Law 2136-IX, article 6): they are working days until
    `public_holidays_apply_from`. What is set for a day stands above everything else.
    """

    days: Mapping[date, bool] = field(default_factory=dict)
    """What the operator has set: whether a day is a working day."""
    public_holidays_apply_from: date | None = None

    def is_working(self, day: date) -> bool:
        if (told := self.days.get(day)) is not None:
            return told
        return day.weekday() < SATURDAY and not self._is_holiday(day)

    def working_day_from(self, day: date) -> date:
        """Return the day itself if it is a working day, else the next one that is.

        :raises NoWorkingDay:
        """
        for days in range(LONGEST_REST):
            if self.is_working(day + timedelta(days=days)):
                return day + timedelta(days=days)
        raise NoWorkingDay(day.isoformat())

    def _is_holiday(self, day: date) -> bool:
        begin = self.public_holidays_apply_from
        return begin is not None and day >= begin and day in days_off(day.year)


@cache
def days_off(year: int) -> frozenset[date]:
    """Return the public holidays of a year, and the working days that stand in for weekends.

    A holiday on a weekend moves that day of rest to the next working day (Labour Code,
    article 67).
    """
    holidays = set(_holidays(year))
    for day in sorted(holidays):
        if day.weekday() >= SATURDAY:
            holidays.add(_next_free(day, holidays))
    return frozenset(holidays)


def orthodox_easter(year: int) -> date:
    """Return Easter Sunday by the Julian reckoning (Meeus), as a date of today's calendar."""
    lunar = (19 * (year % 19) + 15) % 30
    weekday = (2 * (year % 4) + 4 * (year % 7) - lunar + 34) % WEEK
    month, day = divmod(lunar + weekday + 114, 31)
    return date(year, month, day + 1) + GREGORIAN_SHIFT


def _holidays(year: int) -> Iterator[date]:
    yield from (date(year, month, day) for month, day in FIXED_HOLIDAYS)
    easter = orthodox_easter(year)
    yield easter
    yield easter + TRINITY_AFTER_EASTER


def _next_free(day: date, holidays: set[date]) -> date:
    candidates = (day + timedelta(days=days) for days in range(1, WEEK + 1))
    return next(each for each in candidates if each.weekday() < SATURDAY and each not in holidays)
