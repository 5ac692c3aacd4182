"""Which window an account has for a period: the one place that knows.

What is said of a group goes before what is said of everybody, and of one period before what holds
from a period on. Where the operator has said nothing, the window of the settings holds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, NamedTuple, Self

from app.clock import kyiv_date
from app.models.metering.reading_window import (
    ReadingWindow,
    WindowRule,
    WindowState,
    WindowStillOpen,
)
from app.models.period import Period

USUAL_GROUP: Final = "usual"
"""The group of every account that is in no other; what is said of it holds for other groups too."""
MOST_MONTHS_OPEN: Final = 2
"""Months after its period in which a window may still close."""


class WindowMark(NamedTuple):
    """Where an account's windows stand: under its group, in that version of all windows."""

    group: str
    version: int


@dataclass(frozen=True, slots=True)
class Dates:
    """First and last day of one period's window, by the calendar in Kyiv."""

    opens_on: date
    closes_on: date


@dataclass(frozen=True, slots=True)
class WindowDecision:
    """What the operator says of a group's windows: for one period, or from one on."""

    account_group: str
    period: Period
    is_standing: bool
    meant: WindowRule | Dates | None
    """None takes back what was said before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowBook:
    """All that the operator has said of windows, as one version."""

    usual: WindowRule
    version: int = 0
    single: Mapping[tuple[str, Period], ReadingWindow] = field(default_factory=dict)
    standing: Mapping[str, Mapping[Period, WindowRule]] = field(default_factory=dict)
    """By group and the month from which it holds."""

    @classmethod
    def of(cls, usual: WindowRule, version: int, decisions: Iterable[WindowDecision]) -> Self:
        """Return the book of these decisions, of which a later one replaces an earlier one."""
        single: dict[tuple[str, Period], ReadingWindow] = {}
        standing: dict[str, dict[Period, WindowRule]] = {}
        for each in decisions:
            _note(each, single, standing)
        return cls(usual=usual, version=version, single=single, standing=standing)

    def having(self, decision: WindowDecision) -> Self:
        """Return the same book with one more decision."""
        single = dict(self.single)
        standing = {group: dict(rules) for group, rules in self.standing.items()}
        _note(decision, single, standing)
        return replace(self, single=single, standing=standing)

    @property
    def groups(self) -> frozenset[str]:
        """Return the groups of which something is said, and the usual one."""
        return frozenset({USUAL_GROUP, *self.standing, *(group for group, _ in self.single)})

    def window(self, account_group: str, period: Period) -> ReadingWindow:
        for group in (account_group, USUAL_GROUP):
            if found := self.single.get((group, period)):
                return found
            rules = self.standing.get(group, {})
            if (since := max((each for each in rules if each <= period), default=None)) is not None:
                return rules[since].window(period)
        return self.usual.window(period)

    def current(self, account_group: str, now: datetime) -> ReadingWindow:
        """Return the open window, the older one if two are open; else the next to open."""
        this = Period.containing(kyiv_date(now))
        nearby = range(-MOST_MONTHS_OPEN - 1, 2)
        windows = (self.window(account_group, this.shifted(months)) for months in nearby)
        return next(each for each in windows if each.state(now) is not WindowState.CLOSED)

    def meant(self, account_group: str, now: datetime, period: Period | None) -> ReadingWindow:
        """Return the window of a named period, or the one that somebody means who names none."""
        if period is None:
            return self.current(account_group, now)
        return self.window(account_group, period)


@dataclass(frozen=True, slots=True)
class ClosedWindows:
    """Whose window of a period has closed: the groups that are meant, or all but these."""

    book: WindowBook
    period: Period
    groups: frozenset[str]
    are_meant: bool

    @classmethod
    def at(cls, now: datetime, book: WindowBook, period: Period) -> Self:
        closed = {each for each in book.groups if book.window(each, period).closes_at <= now}
        return cls._among(book, period, closed)

    @classmethod
    def lately(cls, now: datetime, book: WindowBook, *, most: int) -> list[Self]:
        """Return the periods, oldest first, that are among the newest closed ones of a group."""
        this = Period.containing(kyiv_date(now))
        seen: Counter[str] = Counter()
        found: list[Self] = []
        for back in range(most + MOST_MONTHS_OPEN + 1):
            period = this.shifted(-back)
            closed = {
                each
                for each in book.groups
                if seen[each] < most and book.window(each, period).closes_at <= now
            }
            seen.update(closed)
            found.append(cls._among(book, period, closed))
        return [each for each in reversed(found) if not each.are_none]

    @property
    def are_none(self) -> bool:
        return self.are_meant and not self.groups

    def has(self, account_group: str) -> bool:
        return (account_group in self.groups) == self.are_meant

    @property
    def still_open(self) -> list[str]:
        """Return the groups of which something is said and whose readings are still taken."""
        return sorted(group for group in self.book.groups if not self.has(group))

    def require(self, account_group: str | None) -> None:
        """Let pass a group whose window has closed; without a group, if that of any has.

        :raises WindowStillOpen: readings of the period may still come.
        """
        if self.are_none if account_group is None else not self.has(account_group):
            window = self.book.window(account_group or USUAL_GROUP, self.period)
            raise WindowStillOpen(period=str(self.period), closes_at=window.closes_at)

    @classmethod
    def _among(cls, book: WindowBook, period: Period, closed: set[str]) -> Self:
        # A group of which nothing is said goes with the usual one.
        if USUAL_GROUP in closed:
            return cls(book, period, book.groups - closed, are_meant=False)
        return cls(book, period, frozenset(closed), are_meant=True)


def _note(
    decision: WindowDecision,
    single: dict[tuple[str, Period], ReadingWindow],
    standing: dict[str, dict[Period, WindowRule]],
) -> None:
    group, period, meant = decision.account_group, decision.period, decision.meant
    if decision.is_standing:
        rules = standing.setdefault(group, {})
        rules.pop(period, None)
        if isinstance(meant, WindowRule):
            rules[period] = meant
        if not rules:
            del standing[group]
        return
    single.pop((group, period), None)
    if isinstance(meant, Dates):
        single[group, period] = ReadingWindow.between(period, meant.opens_on, meant.closes_on)
