"""What the registers of a cabinet's accounts showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import lt
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, Date, Integer, Text, TextClause, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.register import Zone
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement
from app.repositories.metering.scales import scales_of, zones_of

BEFORE_ALL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class MeteredAccounts:
    """Who asked, and the registers they may see."""

    caller: Caller | None
    account_ids: Sequence[UUID]
    """In ascending order; empty when the cabinet has no such account, or no more of them."""
    registers: list[MeteredRegister]


_REGISTERS: Final = """
  LEFT JOIN LATERAL (
    SELECT m.id AS meter_id, greatest(m.installed_on, p.valid_from) AS runs_from,
           least(m.removed_on, p.valid_to) AS runs_until, r.id AS register_id, r.zone, r.digits,
           r.multiplier, scale.*, shown.days, shown.readings, shown.actual
      FROM metering_points p
      JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
      JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
       AND r.energy = :energy
     CROSS JOIN LATERAL (
       SELECT array_agg(s.valid_from) AS scales_from, array_agg(s.digits) AS scales_digits,
              array_agg(s.multiplier) AS scales_multiplier, array_agg(s.zone) AS scales_zone
         FROM (SELECT * FROM register_scales h
                WHERE h.organization_id = r.organization_id AND h.register_id = r.id
                ORDER BY h.valid_from) s
     ) scale
     CROSS JOIN LATERAL (
       SELECT array_agg(ordered.read_on) AS days,
              array_agg(ordered.value) AS readings,
              array_agg(ordered.kind = 'actual') AS actual
         FROM (
           SELECT d.read_on, d.value, d.kind
             FROM readings d
            WHERE d.organization_id = r.organization_id AND d.register_id = r.id
              AND d.status = 'accepted'
              AND (:all_values OR d.read_on >= coalesce(
                (SELECT b.read_on
                   FROM readings b
                  WHERE b.organization_id = r.organization_id AND b.register_id = r.id
                    AND b.read_on <= :since AND b.status = 'accepted' AND b.kind = 'actual'
                  ORDER BY b.read_on DESC
                  LIMIT 1),
                CAST('-infinity' AS date)))
            ORDER BY d.read_on
         ) ordered
     ) shown
     WHERE p.organization_id = chosen.account_organization_id
       AND p.account_id = chosen.account_id
  ) counted ON true"""
"""One row for each register, its values in arrays: a tenth of the rows to decode.

Values come in the order of the primary key, because sorting inside `array_agg` costs a quarter
of the statement's rate. They begin with the last actual value up to `since`, which opens the
first month. Whether a register that shows less than before passed zero depends on all of its
past: where one fell, all of its values come.
"""


def _statement(only: str) -> TextClause:
    """Return the statement for the linked accounts that the condition `only` leaves."""
    return text(
        f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, chosen.account_id, counted.*
  FROM caller
  LEFT JOIN (
    SELECT linked.account_organization_id, linked.account_id FROM linked
     WHERE {only} ORDER BY linked.account_id LIMIT :most
  ) chosen ON true{_REGISTERS}
 ORDER BY chosen.account_id"""  # noqa: S608 - made of this module's own constants, once
    ).bindparams(
        *caller_binds(),
        bindparam("energy", type_=Text),
        bindparam("since", type_=Date),
        bindparam("all_values", type_=Boolean),
        bindparam("most", type_=Integer),
        bindparam("account_id", type_=Uuid),
    )


OF_ACCOUNT: Final = DirectStatement(_statement("linked.account_id = :account_id"))
AFTER_ACCOUNT: Final = DirectStatement(_statement("linked.account_id > :account_id"))


class ConsumptionView(CallerView):
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

        `since`: the first day of the first month whose energy is wanted.
        """
        return await self._read(
            OF_ACCOUNT,
            credentials,
            now=now,
            energy=energy,
            since=since,
            account_id=account_id,
            most=1,
        )

    async def after_account(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        most: int,
        energy: str,
        since: date,
        now: datetime,
    ) -> MeteredAccounts:
        """Return the same for the next linked accounts, in the order of their ids."""
        return await self._read(
            AFTER_ACCOUNT,
            credentials,
            now=now,
            energy=energy,
            since=since,
            account_id=account_id,
            most=most,
        )

    async def _read(
        self, statement: DirectStatement, credentials: Credentials, **values: Any
    ) -> MeteredAccounts:
        caller, rows = await self._ask(statement, credentials, **values, all_values=False)
        if any(_fell(row.readings) for row in rows):
            caller, rows = await self._ask(statement, credentials, **values, all_values=True)
        account_ids = {row.account_id: None for row in rows if row.account_id is not None}
        return MeteredAccounts(
            caller=caller,
            account_ids=list(account_ids),
            registers=[register_of(row) for row in rows if row.register_id is not None],
        )


def _fell(values: Sequence[Any] | None) -> bool:
    return values is not None and any(map(lt, values[1:], values))


def register_of(row: Any) -> MeteredRegister:
    """Return the register of a row that has its values and scales in arrays."""
    return MeteredRegister(
        account_id=row.account_id,
        meter_id=row.meter_id,
        register_id=row.register_id,
        zone=Zone(row.zone),
        zones=zones_of(row),
        life=RegisterLife(
            marks=list(map(Mark, row.days, row.readings, row.actual)) if row.days else (),
            scales=scales_of(row),
            runs_from=row.runs_from,
            runs_until=row.runs_until,
        ),
    )
