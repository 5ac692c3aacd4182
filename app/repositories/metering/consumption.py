from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Text, TextClause, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.metering.consumption.history import RegisterHistory
from app.models.metering.register import Zone
from app.repositories.base import View
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    caller_binds,
    caller_of,
    caller_values,
)
from app.repositories.direct import DirectStatement


@dataclass(frozen=True, slots=True)
class MeteredAccounts:
    """Who asked, and the histories of the registers they may see."""

    caller: Caller | None
    has_account: bool
    """At least one account answered: false when the one asked for is not in the cabinet."""
    histories: list[RegisterHistory]


def _statement(only: str) -> TextClause:
    """Return the statement for the linked accounts that the condition `only` leaves.

    One row for each register, its readings in arrays: a tenth of the rows to decode. Readings
    come in the order of the primary key from the last one before `since`, which opens the first
    month, because sorting inside `array_agg` costs a quarter of the statement's rate.
    """
    return text(
        f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, linked.account_id, counted.*
  FROM caller
  LEFT JOIN linked ON {only}
  LEFT JOIN LATERAL (
    SELECT m.id AS meter_id, m.removed_on, r.id AS register_id, r.zone, r.digits, r.multiplier,
           shown.periods, shown.readings, shown.estimated
      FROM metering_points p
      JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
      JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
       AND r.energy = :energy
     CROSS JOIN LATERAL (
       SELECT array_agg(ordered.period) AS periods,
              array_agg(ordered.value) AS readings,
              array_agg(ordered.kind = 'estimated') AS estimated
         FROM (
           SELECT d.period, d.value, d.kind
             FROM readings d
            WHERE d.organization_id = r.organization_id AND d.register_id = r.id
              AND d.status IN ('accepted', 'in_review')
              AND d.period >= coalesce(
                (SELECT b.period
                   FROM readings b
                  WHERE b.organization_id = r.organization_id AND b.register_id = r.id
                    AND b.period < :since AND b.status IN ('accepted', 'in_review')
                  ORDER BY b.period DESC
                  LIMIT 1),
                :since)
            ORDER BY d.period
         ) ordered
     ) shown
     WHERE p.organization_id = linked.account_organization_id
       AND p.account_id = linked.account_id
  ) counted ON true"""  # noqa: S608 - made of this module's own constants, once
    ).bindparams(*caller_binds(), bindparam("energy", type_=Text), bindparam("since", type_=Date))


OF_ACCOUNT: Final = DirectStatement(
    _statement("linked.account_id = :account_id").bindparams(bindparam("account_id", type_=Uuid))
)
OF_CABINET: Final = DirectStatement(_statement("true"))


class ConsumptionView(View):
    """What the registers of a cabinet's accounts showed, and whether the caller may see it."""

    async def of_account(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        energy: str,
        since: date,
        now: datetime,
    ) -> MeteredAccounts:
        """Return one account's registers of a kind of energy.

        `since`: the first day of the first month whose closing reading is wanted; the last
        reading before it comes along.
        """
        values = {"energy": energy, "since": since, "account_id": account_id}
        return await self._read(OF_ACCOUNT, caller_values(credentials, now) | values)

    async def of_cabinet(
        self, credentials: Credentials, *, energy: str, since: date, now: datetime
    ) -> MeteredAccounts:
        """Return the same for every linked account."""
        values = {"energy": energy, "since": since}
        return await self._read(OF_CABINET, caller_values(credentials, now) | values)

    async def _read(self, statement: DirectStatement, values: dict[str, Any]) -> MeteredAccounts:
        rows = await statement.fetch(self._connection, values)
        return MeteredAccounts(
            caller=caller_of(rows[0] if rows else None),
            has_account=any(row.account_id is not None for row in rows),
            histories=[_history_of(row) for row in rows if row.periods],
        )


def _history_of(row: Any) -> RegisterHistory:
    return RegisterHistory(
        account_id=row.account_id,
        meter_id=row.meter_id,
        register_id=row.register_id,
        zone=Zone(row.zone),
        digits=row.digits,
        multiplier=row.multiplier,
        removed_on=row.removed_on,
        periods=row.periods,
        values=row.readings,
        estimated=row.estimated,
    )
