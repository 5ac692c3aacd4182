"""What the rule of energy asks of a register, as SQL and from its rows."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.energy.spans import MOST_RATES, spans
from app.models.metering.reading import Kind
from app.repositories.metering.scales import scales_of

ENOUGH: Final = MOST_RATES + 1
"""Values of which the oldest does not matter, as long as none is lower than the one before it."""
ALL: Final = 4000
"""Values of one register at the most: more than one for each day of ten years."""


def counting_of(register: str) -> str:
    """Return a part that finds how a register counted; `register` has its ids."""
    return f"""
  LEFT JOIN LATERAL (
    SELECT array_agg(s.valid_from) AS scales_from, array_agg(s.digits) AS scales_digits,
           array_agg(s.multiplier) AS scales_multiplier, array_agg(s.decimals) AS scales_decimals
      FROM (SELECT * FROM register_scales c
             WHERE c.organization_id = {register}.organization_id
               AND c.register_id = {register}.register_id
             ORDER BY c.valid_from) s
  ) scale ON true"""  # noqa: S608 - made of constants


def values_before(register: str) -> str:
    """Return a part that finds what binds before the day `read_on` of a register.

    These are values that somebody read and that were accepted, newest first and `:most` of them;
    beside them stands an estimate that is newer.
    """
    of_register = (
        f"(b.organization_id, b.register_id) = ({register}.organization_id, {register}.register_id)"
    )
    return f"""
  LEFT JOIN LATERAL (
    SELECT array_agg(h.read_on) AS past_days, array_agg(h.value) AS past_values
      FROM (SELECT b.read_on, b.value FROM readings b
             WHERE {of_register} AND b.read_on < {register}.read_on
               AND b.kind = 'actual' AND b.status = 'accepted'
             ORDER BY b.read_on DESC LIMIT :most) h
  ) past ON true
  LEFT JOIN LATERAL (
    SELECT b.read_on AS estimated_on, b.value AS estimated_value FROM readings b
     WHERE {of_register} AND b.read_on < {register}.read_on
       AND b.read_on > coalesce(past.past_days[1], CAST('-infinity' AS date))
       AND b.kind = 'estimated' AND b.status = 'accepted'
     ORDER BY b.read_on DESC LIMIT 1
  ) latest ON true"""  # noqa: S608 - made of constants


def marks_of(row: Any) -> list[Mark]:
    """Return the values that bind, oldest first."""
    days, values = row.past_days or (), row.past_values or ()
    return [Mark(day, value, True) for day, value in zip(days[::-1], values[::-1], strict=True)]  # noqa: FBT003 - a field of a row


def fell(row: Any, *later: Decimal) -> bool:
    """Tell whether a value is lower than the one before it: then all of the past matters."""
    shown = [*reversed(row.past_values or ()), *later]
    return any(after < before for before, after in pairwise(shown))


def decimals_before(row: Any, day: date) -> int:
    """Return the digits after the point that the register shows up to a day."""
    found: int = row.decimals if row.scales_from is None else row.scales_decimals[0]
    for valid_from, decimals in zip(row.scales_from or (), row.scales_decimals or (), strict=True):
        if valid_from < day:
            found = decimals
    return found


def energy_of(row: Any) -> Decimal | None:
    """Return the energy since the last value before that counts beside this one."""
    shown = Mark(row.read_on, row.value, row.kind == Kind.ACTUAL)
    earlier = marks_of(row)
    if not shown.is_actual and row.estimated_on is not None:
        earlier.append(Mark(row.estimated_on, row.estimated_value, is_actual=False))
    scales = scales_of(row)
    found = spans(
        RegisterLife(marks=[*earlier, shown], scales=scales, runs_from=None, runs_until=None)
    )
    return found[-1].energy if found else None
