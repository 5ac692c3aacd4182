"""The readings of a cabinet in the order in which they were last written."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Integer, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.metering.reading_change import (
    FIRST,
    MOST_PASSED,
    ChangedReading,
    ChangePosition,
    ReadingChanges,
)
from app.repositories.callers import CALLER, CALLER_COLUMNS, LINKED, caller_binds
from app.repositories.direct import DirectStatement
from app.repositories.metering.readings import BESIDE, COLUMNS, FIELDS, PastView, reading_of

# `start` is where a client goes on, or the newest mark that is not after the moment it named.
# `horizon` is the reading at which a page ends although it may not be full: everything that one
# company has is passed over in pages, also by those who see one account of a thousand.
_LIST: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED},
start AS MATERIALIZED (
  SELECT greatest(CAST(:after_change AS bigint), coalesce(
           (SELECT k.below FROM reading_change_marks k
             WHERE k.marked_at <= :changed_since ORDER BY k.marked_at DESC LIMIT 1), 0)) AS change,
         CAST(:after_reading AS uuid) AS id, reading_changes_below() AS below
),
companies AS MATERIALIZED (
  SELECT DISTINCT account_organization_id AS id FROM linked
),
horizon AS MATERIALIZED (
  SELECT last.change, last.id FROM companies c CROSS JOIN start CROSS JOIN LATERAL (
    SELECT x.change, x.id FROM readings x
     WHERE x.organization_id = c.id AND (x.change, x.id) > (start.change, start.id)
       AND x.change < start.below
     ORDER BY x.change, x.id OFFSET :passed LIMIT 1
  ) last ORDER BY last.change, last.id LIMIT 1
)
SELECT {CALLER_COLUMNS}, start.change AS start_change, start.id AS start_id,
       horizon.change AS horizon_change, horizon.id AS horizon_id, {COLUMNS}
  FROM caller CROSS JOIN start LEFT JOIN horizon ON true
  LEFT JOIN LATERAL (
    SELECT one.* FROM companies c CROSS JOIN LATERAL ({FIELDS}, r.change, p.account_id
        FROM readings r
        JOIN registers g ON g.organization_id = r.organization_id AND g.id = r.register_id
        JOIN meters m ON m.organization_id = g.organization_id AND m.id = g.meter_id
        JOIN metering_points p ON p.organization_id = m.organization_id
         AND p.id = m.metering_point_id
         AND (p.valid_to IS NULL OR r.read_on <= p.valid_to)
        JOIN linked l ON l.account_organization_id = p.organization_id
         AND l.account_id = p.account_id
       WHERE r.organization_id = c.id AND (r.change, r.id) > (start.change, start.id)
         AND r.change < start.below
         AND (horizon.id IS NULL OR (r.change, r.id) <= (horizon.change, horizon.id))
       ORDER BY r.change, r.id LIMIT :limit
    ) one ORDER BY one.change, one.id LIMIT :limit
  ) r ON true
  {BESIDE}
 ORDER BY r.change, r.id
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("after_change", type_=BigInteger),
        bindparam("after_reading", type_=Uuid),
        bindparam("changed_since", type_=DateTime(timezone=True)),
        bindparam("passed", type_=Integer),
        bindparam("limit", type_=Integer),
        bindparam("most", type_=Integer),
    )
)


class ReadingChangeView(PastView):
    async def list_changed(
        self,
        *,
        changed_since: datetime | None,
        after: ChangePosition | None,
        limit: int,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, ReadingChanges]:
        """Return what was written after a position, or since a moment."""
        begins = after or FIRST
        caller, rows = await self.ask_past(
            _LIST,
            credentials,
            now=now,
            after_change=begins.change,
            after_reading=begins.reading_id,
            changed_since=None if after else changed_since,
            passed=MOST_PASSED - 1,
            limit=limit + 1,
        )
        return caller, _changes(rows, limit) if rows else ReadingChanges([], begins, has_more=False)


def _changes(rows: list[Any], limit: int) -> ReadingChanges:
    found = [row for row in rows if row.id is not None]
    if len(found) > limit:
        last = found[limit - 1]
        position = ChangePosition(last.change, last.id)
        return ReadingChanges(_changed(found[:limit]), position, has_more=True)
    first = rows[0]
    if first.horizon_id is not None:
        position = ChangePosition(first.horizon_change, first.horizon_id)
        return ReadingChanges(_changed(found), position, has_more=True)
    last_change, last_id = first.start_change, first.start_id
    if found:
        last_change, last_id = found[-1].change, found[-1].id
    return ReadingChanges(_changed(found), ChangePosition(last_change, last_id), has_more=False)


def _changed(rows: list[Any]) -> list[ChangedReading]:
    return [ChangedReading(row.account_id, reading_of(row)) for row in rows]
