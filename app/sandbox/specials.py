from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import text

from app.repositories.base import Repository

SPECIALS: Final = text("""
SELECT o.tax_id, count(DISTINCT m.id) FILTER (WHERE m.removed_on IS NULL) AS meters,
       coalesce(max(zones.number), 0) AS zones,
       coalesce(bool_or(m.is_remote), false) AS has_remote,
       coalesce(bool_or(m.removed_on IS NOT NULL), false) AS has_replaced,
       coalesce(bool_or(zones.generates), false) AS generates,
       coalesce(bool_or(zones.is_reactive), false) AS has_reactive,
       coalesce(max(zones.multiplier), 1) AS multiplier
  FROM organizations o
  JOIN metering_points p ON p.organization_id = o.id
  JOIN meters m ON m.organization_id = o.id AND m.metering_point_id = p.id
  LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE r.energy = 'active_import') AS number,
              bool_or(r.energy = 'active_export') AS generates,
              bool_or(r.energy LIKE 'reactive%') AS is_reactive,
              max(r.multiplier) AS multiplier
         FROM registers r WHERE r.organization_id = o.id AND r.meter_id = m.id) zones ON true
 WHERE o.tax_id = ANY(:tax_ids)
 GROUP BY o.tax_id
""")


@dataclass(frozen=True, slots=True)
class Specials:
    """What there is to see at one company's meters."""

    meters: int
    zones: int
    """The most zones that a meter of the company has."""
    has_remote: bool
    has_replaced: bool
    generates: bool
    has_reactive: bool
    multiplier: Decimal


class SandboxSpecialsRepository(Repository):
    async def by_tax_id(self, tax_ids: Sequence[str]) -> Mapping[str, Specials]:
        rows = await self._session.execute(SPECIALS, {"tax_ids": list(tax_ids)})
        return {row.tax_id: Specials(*row[1:]) for row in rows}
