"""The operator's windows: what holds, and what is said of them anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.clock import Clock, kyiv_date
from app.database import Database
from app.models.metering.reading_window import ReadingWindow, WindowRule
from app.models.metering.set_window import (
    MOST_DECISIONS,
    SetWindow,
    TooManyWindowDecisions,
    WindowPeriodSettled,
)
from app.models.metering.window_book import WindowBook, WindowDecision
from app.models.metering.window_decision import concerned, require_sound
from app.models.period import LAST_YEAR, MONTHS, Period
from app.origin import OperatorAct
from app.repositories.metering.reading_windows import WindowRepository

MOST_LISTED: Final = 50
"""Decisions shown, the newest first."""
LAST_PERIOD: Final = Period(LAST_YEAR, MONTHS)


@dataclass(frozen=True, slots=True)
class WindowChange:
    """What a decision does to the window of its month."""

    before: ReadingWindow
    after: ReadingWindow
    accounts: int
    """Accounts whose windows it changes."""
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ShownWindows:
    """The windows of a period by group, and what was decided lately."""

    period: Period
    windows: dict[str, ReadingWindow]
    decisions: Sequence[SetWindow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWindowService:
    database: Database
    clock: Clock
    window_rule: WindowRule

    async def show(self, period: Period | None) -> ShownWindows:
        """Return the windows of a period; of the month that runs if none is named."""
        period = period or Period.containing(kyiv_date(self.clock.now()))
        async with self.database.begin() as transaction:
            windows = WindowRepository(transaction)
            book = await windows.read(self.window_rule)
            groups = sorted(book.groups | await windows.groups())
            decisions = await windows.list_newest(limit=MOST_LISTED)
        return ShownWindows(
            period, {group: book.window(group, period) for group in groups}, decisions
        )

    async def decide(
        self, decision: WindowDecision, *, act: OperatorAct, dry_run: bool = False
    ) -> WindowChange:
        """Say when readings of a group are taken. What is so already stays as it is.

        It holds from the next request on. A submission that was judged by the windows before is
        judged anew, and a settlement under way ends first.

        :raises WindowDaysInvalid, WindowAlreadyOver, WindowsOverlap: see `require_sound`.
        :raises WindowPeriodSettled: an account whose window would change is settled already.
        :raises TooManyWindowDecisions: there are 10,000.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            windows = WindowRepository(transaction)
            await windows.lock()
            before = await windows.read(self.window_rule)
            after = before.having(decision)
            if after == before:
                return _change(decision, before, after, accounts=0)
            if before.version >= MOST_DECISIONS:
                raise TooManyWindowDecisions(most=MOST_DECISIONS)
            require_sound(decision, before, after, now=now)
            groups = before.groups | after.groups | await windows.groups()
            changed = concerned(decision, before, after, groups)
            last = LAST_PERIOD if decision.is_standing else decision.period
            settled = await windows.first_settled(changed, decision.period, last)
            if settled is not None:
                raise WindowPeriodSettled(period=settled)
            accounts = await windows.count_accounts(changed)
            if not dry_run:
                windows.add(decision, before.version + 1, act, now)
        return _change(decision, before, after, accounts=accounts)


def _change(
    decision: WindowDecision, before: WindowBook, after: WindowBook, *, accounts: int
) -> WindowChange:
    group = decision.account_group
    return WindowChange(
        before=before.window(group, decision.period),
        after=after.window(group, decision.period),
        accounts=accounts,
        is_changed=before != after,
    )
