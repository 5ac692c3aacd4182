"""Registers that an export shows lower than before, with the lines that name their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.reading import Kind, Status
from app.repositories.base import Repository

MOST: Final = 1000
"""Registers that are looked at; an export in which more of them fall is wrong as a whole."""

# Every actual value in a window: a plain walk along the readings' key.
_FALLEN: Final = text("""
CREATE TEMP TABLE fallen_registers ON COMMIT DROP AS
SELECT DISTINCT organization_id, register_id
  FROM (SELECT d.organization_id, d.register_id,
               d.value < lag(d.value) OVER (PARTITION BY d.organization_id, d.register_id
                                                ORDER BY d.read_on) AS fell
          FROM (SELECT DISTINCT organization_id, register_id FROM judged_readings) j
          JOIN readings d
            ON d.organization_id = j.organization_id AND d.register_id = j.register_id
         WHERE d.status = :accepted AND d.kind = :actual) d
 WHERE fell
 LIMIT :most
""").bindparams(accepted=Status.ACCEPTED.value, actual=Kind.ACTUAL.value, most=MOST)

_LIVES: Final = text("""
SELECT f.register_id, r.digits, r.multiplier, shown.*, named.*,
       (SELECT array_agg(h.valid_from ORDER BY h.valid_from) FROM register_scales h
         WHERE h.organization_id = f.organization_id AND h.register_id = f.register_id) AS since,
       (SELECT array_agg(h.digits ORDER BY h.valid_from) FROM register_scales h
         WHERE h.organization_id = f.organization_id AND h.register_id = f.register_id) AS whole,
       (SELECT array_agg(h.multiplier ORDER BY h.valid_from) FROM register_scales h
         WHERE h.organization_id = f.organization_id AND h.register_id = f.register_id) AS times
  FROM fallen_registers f
  JOIN registers r ON r.organization_id = f.organization_id AND r.id = f.register_id
 CROSS JOIN LATERAL (
   SELECT array_agg(d.read_on ORDER BY d.read_on) AS days,
          array_agg(d.value ORDER BY d.read_on) AS readings
     FROM readings d
    WHERE d.organization_id = f.organization_id AND d.register_id = f.register_id
      AND d.status = :accepted AND d.kind = :actual) shown
 CROSS JOIN LATERAL (
   SELECT array_agg(j.taken_on) AS named_days, array_agg(j.line) AS lines FROM judged_readings j
    WHERE j.organization_id = f.organization_id AND j.register_id = f.register_id) named
""").bindparams(accepted=Status.ACCEPTED.value, actual=Kind.ACTUAL.value)


@dataclass(frozen=True, slots=True)
class LoadedRegister:
    """What a register showed, as far as it was read, and where the export says so."""

    life: RegisterLife
    lines: Mapping[date, int]


class FallRepository(Repository):
    async def list_fallen(self) -> Sequence[LoadedRegister]:
        """Return the registers of the loaded readings whose actual values do not only rise."""
        await self._session.execute(_FALLEN)
        return [_loaded(row) for row in await self._session.execute(_LIVES)]


def _loaded(row: Any) -> LoadedRegister:
    scales = [Scale(date.min, row.digits, row.multiplier)]
    if row.since:
        scales = list(map(Scale, row.since, row.whole, row.times))
    return LoadedRegister(
        life=RegisterLife(
            marks=[
                Mark(day, value, is_actual=True)
                for day, value in zip(row.days, row.readings, strict=True)
            ],
            scales=scales,
            runs_from=None,
            runs_until=None,
        ),
        lines=dict(zip(row.named_days, row.lines, strict=True)),
    )
