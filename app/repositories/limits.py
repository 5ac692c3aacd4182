from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ARRAY, Boolean, DateTime, Double, Integer, Text, bindparam, text

from app.models.limits.kinds import LimitState, LimitUse
from app.repositories.base import Repository

_NOW: Final = bindparam("now", type_=DateTime(timezone=True))
_KEYS: Final = bindparam("keys", type_=ARRAY(Text))
_QUOTAS: Final = bindparam("quotas", type_=ARRAY(Integer))
_SECONDS: Final = bindparam("seconds", type_=ARRAY(Double))
_TIMES: Final = bindparam("times", type_=ARRAY(Integer))
_IS_DUE: Final = bindparam("is_due", value=False, type_=Boolean)
"""What must be sent whatever it costs is counted all the same."""

_ASKED: Final = """
asked AS MATERIALIZED (
  SELECT key, quota, times, make_interval(secs => seconds) AS period,
         make_interval(secs => seconds / greatest(quota, 1)) AS emission
    FROM unnest(CAST(:keys AS text[]), CAST(:quotas AS integer[]),
                CAST(:seconds AS double precision[]),
                CAST(:times AS integer[])) AS u(key, quota, seconds, times)
)"""

# Rows are locked in the order of their keys, so that requests wait for each other in one
# direction only. The parallel request that comes second sees what the first has left.
_SPEND: Final = text(f"""
WITH {_ASKED}, taken AS (
  INSERT INTO budgets AS b (key, spent, forget_at)
  SELECT key, array_fill(CAST(:now AS timestamptz), ARRAY[times]), :now + period
    FROM asked WHERE quota >= times OR :is_due ORDER BY key
  ON CONFLICT (key) DO UPDATE
     SET spent = (SELECT coalesce(array_agg(moment ORDER BY moment), '{{}}')
                    FROM unnest(b.spent) AS moment
                   WHERE moment > :now - (excluded.forget_at - :now)) || excluded.spent,
         forget_at = excluded.forget_at
   WHERE :is_due OR (SELECT count(*) FROM unnest(b.spent) AS moment
           WHERE moment > :now - (excluded.forget_at - :now)) + cardinality(excluded.spent)
       <= (SELECT quota FROM asked WHERE asked.key = excluded.key)
  RETURNING b.key, cardinality(b.spent) AS used, b.spent[1] AS oldest
)
SELECT a.key, t.key IS NOT NULL AS is_granted, coalesce(a.quota - t.used, 0) AS remaining,
       coalesce(t.oldest, b.spent[cardinality(b.spent) - a.quota + a.times], :now)
         + a.period AS more_at
  FROM asked a
  LEFT JOIN taken t ON t.key = a.key
  LEFT JOIN budgets b ON b.key = a.key AND t.key IS NULL
""").bindparams(_NOW, _KEYS, _QUOTAS, _SECONDS, _TIMES, _IS_DUE)  # noqa: S608 - constants

_TAKE: Final = text(f"""
WITH {_ASKED}, taken AS (
  INSERT INTO rate_limits AS r (key, arrival)
  SELECT key, :now + emission FROM asked WHERE quota > 0 ORDER BY key
  ON CONFLICT (key) DO UPDATE
     SET arrival = greatest(r.arrival, :now) + (excluded.arrival - :now)
   WHERE greatest(r.arrival, :now) + (excluded.arrival - :now)
      <= :now + (SELECT period FROM asked WHERE asked.key = excluded.key)
  RETURNING r.key, r.arrival
)
SELECT a.key, t.key IS NOT NULL AS is_granted,
       CAST(CASE WHEN t.key IS NULL THEN 0
            ELSE floor(extract(epoch FROM :now + a.period - t.arrival)
                       / extract(epoch FROM a.emission) + 0.000001) END AS integer) AS remaining,
       coalesce(t.arrival, r.arrival, :now) + CASE WHEN t.key IS NULL
         THEN a.emission - a.period ELSE interval '0' END AS more_at
  FROM asked a
  LEFT JOIN taken t ON t.key = a.key
  LEFT JOIN rate_limits r ON r.key = a.key AND t.key IS NULL
""").bindparams(_NOW, _KEYS, _QUOTAS, _SECONDS, _TIMES)  # noqa: S608 - made of constants

_GIVE_BACK: Final = text(f"""
WITH {_ASKED}, held AS (
  SELECT r.key, a.emission FROM rate_limits r JOIN asked a ON a.key = r.key
   ORDER BY r.key FOR UPDATE OF r
)
UPDATE rate_limits r SET arrival = r.arrival - held.emission FROM held WHERE held.key = r.key
""").bindparams(_KEYS, _QUOTAS, _SECONDS, _TIMES)  # noqa: S608 - made of constants


_LEFT: Final = text(f"""
WITH {_ASKED}
SELECT a.key, greatest(a.quota - (SELECT count(*) FROM unnest(b.spent) AS moment
                                   WHERE moment > :now - a.period), 0) AS remaining
  FROM asked a LEFT JOIN budgets b ON b.key = a.key
""").bindparams(_NOW, _KEYS, _QUOTAS, _SECONDS, _TIMES)  # noqa: S608 - made of constants


class LimitRepository(Repository):
    """Uses of limits, each method one statement, exact over all processes.

    Call it last in a transaction: whoever holds a limit's row waits for nothing else.
    """

    async def spend(self, uses: Sequence[LimitUse], *, now: datetime) -> list[LimitState]:
        """Use budgets, each unless it is used up."""
        return await self._use(_SPEND, uses, now)

    async def charge(self, uses: Sequence[LimitUse], *, now: datetime) -> None:
        """Use budgets, also beyond their quota: for messages that are sent in any case."""
        if uses:
            await self._session.execute(_SPEND, _values(uses) | {"now": now, "is_due": True})

    async def left(self, uses: Sequence[LimitUse], *, now: datetime) -> list[int]:
        """Return how much of each budget is left, and use none of it."""
        rows = await self._session.execute(_LEFT, _values(uses) | {"now": now})
        found = {row.key: row.remaining for row in rows}
        return [found[use.key] for use in uses]

    async def try_spend(self, uses: Sequence[LimitUse], *, now: datetime) -> bool:
        """Use budgets, all of them or none, and tell which; for what nobody may hear about."""
        attempt = await self._session.begin_nested()
        standings = await self.spend(uses, now=now)
        is_granted = all(standing.is_granted for standing in standings)
        await (attempt.commit() if is_granted else attempt.rollback())
        return is_granted

    async def take(self, uses: Sequence[LimitUse], *, now: datetime) -> list[LimitState]:
        """Use rates, each unless it runs too fast (GCRA)."""
        return await self._use(_TAKE, uses, now)

    async def give_back(self, uses: Sequence[LimitUse]) -> None:
        """Undo a use of rates that turned out not to count."""
        if uses:
            await self._session.execute(_GIVE_BACK, _values(uses))

    async def _use(
        self, statement: Any, uses: Sequence[LimitUse], now: datetime
    ) -> list[LimitState]:
        if not uses:
            return []
        rows = await self._session.execute(statement, _values(uses) | {"now": now})
        found = {row.key: row for row in rows}
        return [_standing(use, found[use.key], now) for use in uses]


def _values(uses: Sequence[LimitUse]) -> dict[str, Any]:
    return {
        "keys": [use.key for use in uses],
        "quotas": [use.limit.quota for use in uses],
        "times": [use.times for use in uses],
        "seconds": [use.limit.window.total_seconds() for use in uses],
    }


def _standing(use: LimitUse, row: Any, now: datetime) -> LimitState:
    wait = max(row.more_at - now, timedelta(0))
    return LimitState(use.limit, row.is_granted, row.remaining, wait)
