"""The settlements of an account, as whoever may see the account reads them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.metering.register import Energy
from app.models.metering.shown_settlement import (
    SettledSpan,
    ShownPoint,
    ShownRegister,
    ShownSettlement,
)
from app.models.period import Period
from app.repositories.callers import CALLER, CALLER_COLUMNS, CallerView, caller_binds
from app.repositories.direct import DirectStatement
from app.repositories.metering.reading_forms import LINK

# A month without a settlement is open, from the first value of the account on.
_LIST: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINK}
SELECT {CALLER_COLUMNS}, link.account_id, link.account_organization_id, months.period,
       newest.id AS settlement_id, newest.version, newest.settled_at
  FROM caller LEFT JOIN link ON true
  LEFT JOIN LATERAL (
    SELECT least(
      (SELECT min(date_trunc('month', opening.read_on))
         FROM metering_points p
         JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
         JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
        CROSS JOIN LATERAL (
          SELECT d.read_on FROM readings d
           WHERE d.organization_id = r.organization_id AND d.register_id = r.id
             AND d.status = 'accepted'
           ORDER BY d.read_on LIMIT 1
        ) opening
        WHERE p.organization_id = link.account_organization_id
          AND p.account_id = link.account_id),
      (SELECT min(s.period) FROM settlements s
        WHERE s.organization_id = link.account_organization_id
          AND s.account_id = link.account_id)) AS began_on
  ) life ON true
  LEFT JOIN LATERAL (
    SELECT CAST(month AS date) AS period
      FROM generate_series(CAST(:last AS timestamp),
                           greatest(CAST(:first AS timestamp), life.began_on),
                           interval '-1 month') AS month
     WHERE life.began_on IS NOT NULL
     LIMIT :limit
  ) months ON true
  LEFT JOIN LATERAL (
    SELECT s.id, s.version, s.settled_at FROM settlements s
     WHERE s.organization_id = link.account_organization_id AND s.account_id = link.account_id
       AND s.period = months.period
     ORDER BY s.version DESC LIMIT 1
  ) newest ON true
 ORDER BY months.period DESC
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("first", type_=Date),
        bindparam("last", type_=Date),
        bindparam("limit", type_=Integer),
    )
)

_REGISTERS: Final = DirectStatement(
    text("""
SELECT r.settlement_id, r.register_id, r.opening, r.closing, r.kind, r.estimate_method,
       r.months_unread, r.energy
  FROM settled_registers r
 WHERE r.organization_id = :organization_id AND r.settlement_id = ANY(:settlement_ids)
 ORDER BY r.settlement_id, r.register_id
""").bindparams(
        bindparam("organization_id", type_=Uuid),
        bindparam("settlement_ids", type_=ARRAY(Uuid)),
    )
)

_POINTS: Final = DirectStatement(
    text("""
SELECT e.settlement_id, p.eic, e.energy, e.voltage_class, e.amount, e.difference, e.is_estimated
  FROM settled_points e
  JOIN metering_points p
    ON p.organization_id = e.organization_id AND p.id = e.metering_point_id
 WHERE e.organization_id = :organization_id AND e.settlement_id = ANY(:settlement_ids)
 ORDER BY e.settlement_id, p.eic, e.energy
""").bindparams(
        bindparam("organization_id", type_=Uuid),
        bindparam("settlement_ids", type_=ARRAY(Uuid)),
    )
)


class SettlementView(CallerView):
    async def list_newest(
        self,
        account_id: UUID,
        *,
        span: SettledSpan,
        limit: int,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, Sequence[ShownSettlement] | None]:
        """Return an account's periods, newest first; None when it is not the caller's."""
        caller, rows = await self._ask(
            _LIST,
            credentials,
            now=now,
            account_id=account_id,
            first=span.first.starts_on,
            last=span.last.starts_on,
            limit=limit,
        )
        if not rows or rows[0].account_id is None:
            return caller, None
        shown = {row.settlement_id or row.period: _settlement(row) for row in rows if row.period}
        settled = [row.settlement_id for row in rows if row.settlement_id]
        if settled:
            await self._fill(shown, rows[0].account_organization_id, settled)
        return caller, list(shown.values())

    async def _fill(
        self, shown: dict[Any, ShownSettlement], organization_id: UUID, settled: Sequence[UUID]
    ) -> None:
        """Add registers and points: rows that nobody changes, so that they fit in any case."""
        values = {"organization_id": organization_id, "settlement_ids": settled}
        registers: dict[UUID, list[ShownRegister]] = defaultdict(list)
        for row in await _REGISTERS.fetch(self._connection, values):
            registers[row.settlement_id].append(_register(row))
        points: dict[UUID, list[ShownPoint]] = defaultdict(list)
        for row in await _POINTS.fetch(self._connection, values):
            points[row.settlement_id].append(_point(row))
        for id_ in settled:
            shown[id_] = replace(shown[id_], registers=registers[id_], points=points[id_])


def _settlement(row: Any) -> ShownSettlement:
    return ShownSettlement(
        period=Period.containing(row.period), version=row.version or 0, settled_at=row.settled_at
    )


def _register(row: Any) -> ShownRegister:
    return ShownRegister(
        register_id=row.register_id,
        opening=row.opening,
        closing=row.closing,
        kind=row.kind,
        estimate_method=row.estimate_method,
        months_unread=row.months_unread,
        energy=row.energy,
    )


def _point(row: Any) -> ShownPoint:
    return ShownPoint(
        eic=row.eic,
        energy=Energy(row.energy),
        voltage_class=row.voltage_class,
        amount=row.amount,
        difference=row.difference,
        is_estimated=row.is_estimated,
    )
