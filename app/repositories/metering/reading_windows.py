"""The operator's windows: read as a whole, because they are few and every request needs them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, Date, Integer, Text, bindparam, select, text

from app.database import Connection
from app.models.metering.reading_window import WindowRule
from app.models.metering.set_window import MOST_DECISIONS, SetWindow
from app.models.metering.window_book import Dates, WindowBook, WindowDecision
from app.models.period import Period
from app.origin import OperatorAct
from app.repositories.base import Repository, Statements
from app.repositories.direct import DirectStatement

WINDOWS_VERSION: Final = "(SELECT coalesce(max(version), 0) FROM reading_windows)"
"""The version of all windows, beside what a statement finds: one look into a primary key."""

_VERSION: Final = text(f"SELECT {WINDOWS_VERSION}")
_READ: Final = DirectStatement(
    text("""
SELECT version, account_group, period, is_standing, opens_days_before, closes_on_day, opens_on,
       closes_on
  FROM reading_windows ORDER BY version LIMIT :most
""").bindparams(bindparam("most", type_=Integer))
)

_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('reading windows', 0))")
_TOGETHER: Final = text(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('reading windows', 0))"
)

_GROUPS: Final = text("SELECT DISTINCT window_group FROM accounts")
_SETTLED: Final = text("""
SELECT min(s.period) FROM settlements s
  JOIN accounts a ON a.organization_id = s.organization_id AND a.id = s.account_id
 WHERE s.period BETWEEN :first AND :last AND a.window_group = ANY(:groups)
""").bindparams(
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
    bindparam("groups", type_=ARRAY(Text)),
)
_COUNT: Final = text("SELECT count(*) FROM accounts WHERE window_group = ANY(:groups)").bindparams(
    bindparam("groups", type_=ARRAY(Text))
)


class KnownWindows:
    """The windows as this process has read them last.

    Each statement that finds an account brings the version of all windows along. Where it is
    another one, they are read anew before anybody is told anything: a change holds at once.
    """

    def __init__(self, usual: WindowRule) -> None:
        self.latest = WindowBook(usual=usual)

    async def newest(self, connection: Connection) -> WindowBook:
        """Return the windows as they are at this moment."""
        self.latest = await WindowStatements(connection).read(self.latest.usual)
        return self.latest

    async def at(self, connection: Connection, version: int) -> WindowBook:
        """Return the windows of a version, or newer ones that have come meanwhile."""
        return self.latest if version == self.latest.version else await self.newest(connection)


class WindowStatements(Statements):
    async def read(self, usual: WindowRule) -> WindowBook:
        rows = await _READ.fetch(self._connection, {"most": MOST_DECISIONS})
        version = rows[-1].version if rows else 0
        return WindowBook.of(usual, version, [_decision(row) for row in rows])


class WindowRepository(Repository):
    async def read(self, usual: WindowRule) -> WindowBook:
        return await WindowStatements(await self._session.connection()).read(usual)

    async def hold(self) -> None:
        """Let nobody change windows until the transaction ends; any number may hold them."""
        await self._session.execute(_TOGETHER)

    async def hold_version(self) -> int:
        """Hold the windows, and return their version."""
        await self.hold()
        return int(await self._session.scalar(_VERSION) or 0)

    async def lock(self) -> None:
        """Wait for all who hold the windows, and keep everybody else from them."""
        await self._session.execute(_ALONE)

    async def groups(self) -> frozenset[str]:
        """Return the groups that accounts are in."""
        return frozenset(await self._session.scalars(_GROUPS))

    async def first_settled(
        self, groups: Collection[str], first: Period, last: Period
    ) -> Period | None:
        """Return the first of these periods in which an account of a group is settled."""
        found = await self._session.scalar(
            _SETTLED,
            {"groups": list(groups), "first": first.starts_on, "last": last.starts_on},
        )
        return None if found is None else Period.containing(found)

    async def count_accounts(self, groups: Collection[str]) -> int:
        return await self._session.scalar(_COUNT, {"groups": list(groups)}) or 0

    async def list_newest(self, *, limit: int) -> Sequence[SetWindow]:
        found = await self._session.scalars(
            select(SetWindow).order_by(SetWindow.version.desc()).limit(limit)
        )
        return found.all()

    def add(self, decision: WindowDecision, version: int, act: OperatorAct, now: datetime) -> None:
        rule = decision.meant if isinstance(decision.meant, WindowRule) else None
        dates = decision.meant if isinstance(decision.meant, Dates) else None
        self._session.add(
            SetWindow(
                version=version,
                account_group=decision.account_group,
                period=decision.period.starts_on,
                is_standing=decision.is_standing,
                opens_days_before=rule.opens_days_before if rule else None,
                closes_on_day=rule.closes_on_day if rule else None,
                opens_on=dates.opens_on if dates else None,
                closes_on=dates.closes_on if dates else None,
                operator=act.operator,
                reason=act.reason,
                set_at=now,
            )
        )


def _decision(row: Any) -> WindowDecision:
    meant: WindowRule | Dates | None = None
    if row.opens_days_before is not None:
        meant = WindowRule(row.opens_days_before, row.closes_on_day)
    elif row.opens_on is not None:
        meant = Dates(row.opens_on, row.closes_on)
    return WindowDecision(row.account_group, Period.containing(row.period), row.is_standing, meant)
