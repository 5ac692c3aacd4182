"""The metering points of an account that is to be billed, and by what right it is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from app.access import Caller, Credentials, LinkScope, Reach
from app.models.billing.bill_forecast import MeteredPoint
from app.repositories.callers import CALLER, CALLER_COLUMNS, LINKED, CallerView, caller_binds
from app.repositories.direct import DirectStatement

_POINTS: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, b.account_id, b.is_own, b.scope, p.eic, p.voltage_class, p.meter_ids
  FROM caller
  LEFT JOIN linked b ON b.account_id = :account_id
  LEFT JOIN LATERAL (
    SELECT p.eic, p.voltage_class, array_agg(m.id) AS meter_ids
      FROM metering_points p
      JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
     WHERE p.organization_id = b.account_organization_id AND p.account_id = b.account_id
       AND (p.valid_to IS NULL OR p.valid_to > :caller_today)
     GROUP BY p.id, p.eic, p.voltage_class
  ) p ON true
 ORDER BY p.eic
""").bindparams(*caller_binds(), bindparam("account_id", type_=Uuid))  # noqa: S608 - constants
)


class MeteredPointView(CallerView):
    async def of_account(
        self, account_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, Reach | None, Sequence[MeteredPoint]]:
        """Return the points that the account has today; no reach when it is not shown."""
        caller, rows = await self._ask(_POINTS, credentials, now=now, account_id=account_id)
        if not rows or rows[0].account_id is None:
            return caller, None, []
        reach = Reach(rows[0].is_own, LinkScope(rows[0].scope))
        return (
            caller,
            reach,
            [
                MeteredPoint(row.eic, row.voltage_class, frozenset(row.meter_ids))
                for row in rows
                if row.eic is not None
            ],
        )
