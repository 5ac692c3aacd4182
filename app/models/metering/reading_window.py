from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Self

from app.clock import kyiv_date, kyiv_midnight
from app.errors import Conflict
from app.models.period import Period

DAY: Final = timedelta(days=1)


class WindowState(StrEnum):
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


class ReadingWindowClosed(Conflict):
    code = "reading_window_closed"
    members = ("period", "opens_at", "closes_at")


class WindowStillOpen(Conflict):
    """Readings of the period may still come: closing it would take that right away."""

    code = "window_still_open"
    members = ("period", "closes_at")


@dataclass(frozen=True, slots=True)
class ReadingWindow:
    """When readings that close a settlement period are taken; half-open, in UTC."""

    period: Period
    opens_at: datetime
    closes_at: datetime

    @classmethod
    def between(cls, period: Period, opens_on: date, closes_on: date) -> Self:
        """Return the window from the beginning of one day in Kyiv to the end of another."""
        return cls(period, kyiv_midnight(opens_on), kyiv_midnight(closes_on + DAY))

    @property
    def opens_on(self) -> date:
        """The first day, in Kyiv."""
        return kyiv_date(self.opens_at)

    @property
    def closes_on(self) -> date:
        """The last day, in Kyiv."""
        return kyiv_date(self.closes_at) - DAY

    def state(self, now: datetime) -> WindowState:
        if now < self.opens_at:
            return WindowState.UPCOMING
        return WindowState.OPEN if now < self.closes_at else WindowState.CLOSED

    def require_open(self, now: datetime) -> None:
        """Let pass what comes in time.

        :raises ReadingWindowClosed: the period's readings are not taken now.
        """
        state = self.state(now)
        if state is not WindowState.OPEN:
            case: dict[str, Any] = {"variant": "over"} if state is WindowState.CLOSED else {}
            raise ReadingWindowClosed(
                period=self.period, opens_at=self.opens_at, closes_at=self.closes_at, **case
            )


@dataclass(frozen=True, slots=True)
class WindowRule:
    """The operator's window: from some days before the end of a month to a day of the next.

    Default of the Code of Commercial Metering, clause 8.6.3 (NERC 311 of 14.03.2018): from two
    calendar days before the month's end to the third day of the next month; from the start of
    the fourth the operator computes the volume itself.
    """

    opens_days_before: int
    closes_on_day: int

    def window(self, period: Period) -> ReadingWindow:
        return _window(self, period)


@lru_cache(maxsize=64)  # every request about readings asks for the same three
def _window(rule: WindowRule, period: Period) -> ReadingWindow:
    opens_on = max(period.ends_on - timedelta(days=rule.opens_days_before), period.starts_on)
    last_day = period.ends_on + timedelta(days=rule.closes_on_day - 1)
    return ReadingWindow.between(period, opens_on, last_day)
