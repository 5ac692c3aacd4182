from collections.abc import Sequence
from datetime import date
from typing import Any

from app.models.metering.energy.register import Scale


def scales_of(row: Any) -> Sequence[Scale]:
    """Return how a register counted; one that has never changed keeps no history of it."""
    if row.scales_from is None:
        return (Scale(date.min, row.digits, row.multiplier),)
    return list(map(Scale, row.scales_from, row.scales_digits, row.scales_multiplier))
