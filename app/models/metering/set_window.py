from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid
from app.models.base import Base
from app.models.metering.reading_window import WindowRule
from app.models.metering.window_book import Dates, WindowDecision
from app.models.period import Period

MOST_DECISIONS: Final = 10_000
"""Rows that every process reads as a whole; an operator makes some dozens a year."""


class WindowDaysInvalid(Invalid):
    """A window opens within its month and closes after it, at the most two months later."""

    code = "window_days_invalid"


class WindowAlreadyOver(Conflict):
    """Readings are taken now, and with these days their window would have closed already."""

    code = "window_already_over"


class WindowsOverlap(Conflict):
    """The window would be open together with that of the month beside it."""

    code = "windows_overlap"


class WindowPeriodSettled(Conflict):
    """Accounts of the group are settled in the period: it takes no readings any more."""

    code = "window_period_settled"


class TooManyWindowDecisions(Conflict):
    code = "too_many_window_decisions"


class SetWindow(Base):
    """What the operator has said of the windows of a group of accounts, who said it and why.

    Rows are only added, so the table tells how it came about. The newest one about a group and a
    period holds. One without days takes back what was said before.
    """

    __tablename__ = "reading_windows"
    __table_args__ = (
        CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
        CheckConstraint("opens_on <= closes_on", name="opens_before_it_closes"),
        CheckConstraint(
            "num_nonnulls(opens_on, closes_on) IN (0, 2)"
            " AND num_nonnulls(opens_days_before, closes_on_day) IN (0, 2)",
            name="days_are_pairs",
        ),
        CheckConstraint(
            "CASE WHEN is_standing THEN opens_on IS NULL ELSE opens_days_before IS NULL END",
            name="days_of_its_kind",
        ),
    )

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Counts the decisions: the newest one's is the version of all windows."""
    account_group: Mapped[str]
    period: Mapped[date]
    """The first day of the month that it is about."""
    is_standing: Mapped[bool]
    """Whether it holds from that month on, or for that month only."""
    opens_days_before: Mapped[int | None] = mapped_column(SmallInteger)
    closes_on_day: Mapped[int | None] = mapped_column(SmallInteger)
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    operator: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]

    @property
    def decision(self) -> WindowDecision:
        return WindowDecision(
            self.account_group, Period.containing(self.period), self.is_standing, self._meant
        )

    @property
    def _meant(self) -> WindowRule | Dates | None:
        if self.opens_days_before is not None and self.closes_on_day is not None:
            return WindowRule(self.opens_days_before, self.closes_on_day)
        if self.opens_on is not None and self.closes_on is not None:
            return Dates(self.opens_on, self.closes_on)
        return None
