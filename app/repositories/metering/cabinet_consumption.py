"""A whole cabinet's consumption, summed where the readings are.

A register is even if every value was read, at the ends of months that follow each other, never
lower than before, and it has always counted in one way. Its months are differences, which SQL adds
up exactly. The registers of a meter with any other register come with all their values: the one
rule of energy (app/models/metering/energy) tells what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, Date, Integer, Text, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.metering.consumption.months import EvenMonth, EvenSpell, MeteredRegister
from app.models.metering.register import Zone
from app.models.period import MONTHS
from app.repositories.callers import CALLER, CALLER_COLUMNS, LINKED, CallerView, caller_binds
from app.repositories.direct import DirectStatement
from app.repositories.metering.consumption import register_of


@dataclass(frozen=True, slots=True)
class CabinetPiece:
    """The registers of some accounts of a cabinet: even ones added up, the others one by one."""

    caller: Caller | None
    accounts: int
    last_account_id: UUID | None
    months: Sequence[EvenMonth]
    spells: Sequence[EvenSpell]
    registers: Sequence[MeteredRegister]


def _month(day: str) -> str:
    """Return SQL for the number of a day's month, counted as the rule of energy does."""
    return (
        f"(CAST(extract(year FROM {day}) AS integer) * {MONTHS}"
        f" + CAST(extract(month FROM {day}) AS integer) - 1)"
    )


_OTHERS: Final = """
      SELECT 'register', NULL, NULL, NULL, o.zone, NULL, o.account_id, o.meter_id, o.register_id,
             o.runs_from, o.runs_until, o.digits, o.multiplier, scale.*, shown.*
        FROM other o
       CROSS JOIN LATERAL (
         SELECT array_agg(s.valid_from), array_agg(s.digits), array_agg(s.multiplier),
                array_agg(s.zone)
           FROM (SELECT * FROM register_scales h
                  WHERE h.organization_id = o.organization_id AND h.register_id = o.register_id
                  ORDER BY h.valid_from) s
       ) scale
       CROSS JOIN LATERAL (
         SELECT array_agg(d.read_on), array_agg(d.value), array_agg(d.kind = 'actual')
           FROM (SELECT b.read_on, b.value, b.kind FROM readings b
                  WHERE b.organization_id = o.organization_id AND b.register_id = o.register_id
                    AND b.status = 'accepted'
                  ORDER BY b.read_on) d
       ) shown"""

_PIECE: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED},
chosen AS MATERIALIZED (
  SELECT linked.account_organization_id, linked.account_id FROM linked
   WHERE linked.account_id > :account_id ORDER BY linked.account_id LIMIT :most
),
metered AS MATERIALIZED (
  SELECT chosen.account_id, m.organization_id, m.id AS meter_id, r.id AS register_id, r.zone,
         r.digits, r.multiplier, greatest(m.installed_on, p.valid_from) AS runs_from,
         least(m.removed_on, p.valid_to) AS runs_until,
         NOT EXISTS (SELECT FROM register_scales h
                      WHERE h.organization_id = r.organization_id AND h.register_id = r.id)
           AS has_one_scale
    FROM chosen
    JOIN metering_points p ON p.organization_id = chosen.account_organization_id
     AND p.account_id = chosen.account_id
    JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
    JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
     AND r.energy = :energy
),
marks AS MATERIALIZED (
  SELECT g.register_id, d.read_on, d.value, d.kind = 'actual' AS is_actual,
         lead(d.read_on) OVER following AS next_on,
         (lead(d.value) OVER following - d.value) * g.multiplier AS energy
    FROM metered g
   CROSS JOIN LATERAL (
     SELECT a.read_on, a.value, a.kind FROM readings a
      WHERE a.organization_id = g.organization_id AND a.register_id = g.register_id
        AND a.status = 'accepted' AND a.read_on >= coalesce(
          (SELECT b.read_on FROM readings b
            WHERE b.organization_id = g.organization_id AND b.register_id = g.register_id
              AND b.read_on <= :since AND b.status = 'accepted' AND b.kind = 'actual'
            ORDER BY b.read_on DESC LIMIT 1),
          CAST('-infinity' AS date))
   ) d
  WINDOW following AS (PARTITION BY g.register_id ORDER BY d.read_on)
),
seen AS (
  SELECT register_id, min(read_on) AS first_on, max(read_on) AS last_on,
         bool_and(is_actual AND extract(day FROM read_on) = 1
                  AND coalesce(next_on = read_on + interval '1 month' AND energy >= 0, true))
           AS is_even
    FROM marks GROUP BY register_id
),
even_meters AS MATERIALIZED (
  SELECT g.meter_id
    FROM metered g LEFT JOIN seen USING (register_id)
   GROUP BY g.meter_id
  HAVING :adds_up AND bool_and(g.has_one_scale AND coalesce(seen.is_even
                  AND (g.runs_from IS NULL OR g.runs_from <= seen.first_on)
                  AND (g.runs_until IS NULL OR g.runs_until >= seen.last_on), true))
     AND count(DISTINCT g.zone = 'total') = 1
),
other AS (
  SELECT * FROM metered WHERE meter_id NOT IN (SELECT meter_id FROM even_meters)
)
SELECT {CALLER_COLUMNS}, (SELECT count(*) FROM chosen) AS accounts,
       (SELECT account_id FROM chosen ORDER BY account_id DESC LIMIT 1) AS last_account_id, found.*
  FROM caller LEFT JOIN (
      SELECT 'month' AS told, {_month("k.read_on")} AS first_month, NULL AS last_month,
             count(*) AS registers, g.zone, sum(k.energy) AS energy,
             CAST(NULL AS uuid) AS account_id, CAST(NULL AS uuid) AS meter_id,
             CAST(NULL AS uuid) AS register_id,
             CAST(NULL AS date) AS runs_from, CAST(NULL AS date) AS runs_until,
             CAST(NULL AS integer) AS digits, CAST(NULL AS numeric) AS multiplier,
             CAST(NULL AS date[]) AS scales_from, CAST(NULL AS integer[]) AS scales_digits,
             CAST(NULL AS numeric[]) AS scales_multiplier, CAST(NULL AS text[]) AS scales_zone,
             CAST(NULL AS date[]) AS days, CAST(NULL AS numeric[]) AS readings,
             CAST(NULL AS boolean[]) AS actual
        FROM metered g JOIN even_meters USING (meter_id) JOIN marks k USING (register_id)
       WHERE k.next_on IS NOT NULL
       GROUP BY k.read_on, g.zone
       UNION ALL
      SELECT 'spell', {_month("g.runs_from")}, {_month("g.runs_until - 1")}, count(*), NULL,
             {_month("seen.last_on - 1")}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
             NULL, NULL, NULL, NULL, NULL
        FROM metered g JOIN even_meters USING (meter_id) LEFT JOIN seen USING (register_id)
       GROUP BY 2, 3, 6
       UNION ALL{_OTHERS}
  ) found ON true
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("most", type_=Integer),
        bindparam("energy", type_=Text),
        bindparam("since", type_=Date),
        bindparam("adds_up", type_=Boolean),
    )
)


class CabinetConsumptionView(CallerView):
    async def after_account(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        most: int,
        energy: str,
        since: date,
        now: datetime,
        adds_up: bool,
    ) -> CabinetPiece:
        """Return what the next linked accounts' registers come to, in the order of their ids.

        `adds_up`: even registers need not be told apart.
        """
        caller, rows = await self._ask(
            _PIECE,
            credentials,
            now=now,
            account_id=account_id,
            most=most,
            energy=energy,
            since=since,
            adds_up=adds_up,
        )
        return CabinetPiece(
            caller=caller,
            accounts=rows[0].accounts if rows else 0,
            last_account_id=rows[0].last_account_id if rows else None,
            months=[_even_month(row) for row in rows if row.told == "month"],
            spells=[_even_spell(row) for row in rows if row.told == "spell"],
            registers=[register_of(row) for row in rows if row.told == "register"],
        )


def _even_month(row: Any) -> EvenMonth:
    return EvenMonth(row.first_month, Zone(row.zone), row.energy, row.registers)


def _even_spell(row: Any) -> EvenSpell:
    last_read = None if row.energy is None else int(row.energy)
    return EvenSpell(row.first_month, row.last_month, last_read, row.registers)
