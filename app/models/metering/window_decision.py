"""What the operator may say of windows, so that no customer loses days that were promised."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.models.metering.reading_window import ReadingWindow, WindowState
from app.models.metering.set_window import (
    WindowAlreadyOver,
    WindowDaysInvalid,
    WindowsOverlap,
)
from app.models.metering.window_book import (
    MOST_MONTHS_OPEN,
    Dates,
    WindowBook,
    WindowDecision,
)
from app.models.period import Period

DAY = timedelta(days=1)
MONTHS_LOOKED_AT = 13
"""A standing decision is tried on its first months: as many as a year has, and one more."""


def months_of(decision: WindowDecision) -> list[Period]:
    """Return the months to try a decision on."""
    months = MONTHS_LOOKED_AT if decision.is_standing else 1
    return [decision.period.shifted(place) for place in range(months)]


def require_sound(
    decision: WindowDecision, before: WindowBook, after: WindowBook, *, now: datetime
) -> None:
    """Let pass a decision by which every account keeps one window after the other.

    :raises WindowDaysInvalid, WindowAlreadyOver, WindowsOverlap:
    """
    if isinstance(decision.meant, Dates):
        _require_days(decision.period, decision.meant)
    for group in before.groups | after.groups:
        for period in months_of(decision):
            old, new = before.window(group, period), after.window(group, period)
            if old != new:
                _require_kept_promise(old, new, now)
                _require_apart(group, period, before, after)


def concerned(
    decision: WindowDecision, before: WindowBook, after: WindowBook, groups: Iterable[str]
) -> set[str]:
    """Return the groups, of these, for which the decision changes a window."""
    months = months_of(decision)
    return {
        group
        for group in groups
        if any(before.window(group, each) != after.window(group, each) for each in months)
    }


def _require_days(period: Period, dates: Dates) -> None:
    last_day = period.ends_on - DAY
    latest = period.shifted(MOST_MONTHS_OPEN).ends_on - DAY
    opens_in_time = period.starts_on <= dates.opens_on <= dates.closes_on
    if not (opens_in_time and last_day <= dates.closes_on <= latest):
        raise WindowDaysInvalid(
            opens_from=period.starts_on, closes_from=last_day, closes_until=latest
        )


def _require_kept_promise(old: ReadingWindow, new: ReadingWindow, now: datetime) -> None:
    if new.opens_at >= new.closes_at:
        raise WindowDaysInvalid(
            opens_from=new.period.starts_on,
            closes_from=new.period.ends_on - DAY,
            closes_until=new.period.shifted(MOST_MONTHS_OPEN).ends_on - DAY,
        )
    if old.state(now) is WindowState.OPEN and new.state(now) is WindowState.CLOSED:
        raise WindowAlreadyOver(period=new.period)


def _require_apart(group: str, period: Period, before: WindowBook, after: WindowBook) -> None:
    """Let pass what overlaps no more than before: a window of a whole month always does."""
    for beside in (period.shifted(-1), period.shifted(1)):
        if _overlap(after, group, period, beside) and not _overlap(before, group, period, beside):
            raise WindowsOverlap(period=period, other=beside)


def _overlap(book: WindowBook, group: str, period: Period, beside: Period) -> bool:
    first, second = book.window(group, min(period, beside)), book.window(group, max(period, beside))
    return second.opens_at < first.closes_at
