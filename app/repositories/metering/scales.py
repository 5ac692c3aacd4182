from collections.abc import Sequence
from datetime import date
from typing import Any

from app.models.metering.consumption.months import ZoneSince
from app.models.metering.energy.register import Scale
from app.models.metering.register import Zone


def scales_of(row: Any) -> Sequence[Scale]:
    """Return how a register counted; one that has never changed keeps no history of it."""
    if row.scales_from is None:
        return (Scale(date.min, row.digits, row.multiplier),)
    return list(map(Scale, row.scales_from, row.scales_digits, row.scales_multiplier))


def zones_of(row: Any) -> Sequence[ZoneSince]:
    """Return a register's zones and their first days, if it has had more than one."""
    if row.scales_from is None or len(set(row.scales_zone)) == 1:
        return ()
    return list(zip(row.scales_from, map(Zone, row.scales_zone), strict=True))
