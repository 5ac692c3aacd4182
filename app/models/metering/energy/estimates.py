"""What a register is taken to show at the end of a month that nobody read.

Source: Code of Commercial Metering (NERC 311/2018 as amended), average daily energy; the base of
the average is the same month of the year before, else the latest months.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from app.models.metering.energy.months import Month, MonthEnergy, month_of, monthly, starts
from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.energy.spans import counted
from app.models.period import MONTHS

DAY: Final = timedelta(days=1)
RECENT: Final = 3
"""Months whose average day stands for the month, without a year of history."""


class EstimateMethod(StrEnum):
    """How an estimate came about; the names are public."""

    SAME_MONTH_LAST_YEAR = "same_month_last_year"
    RECENT_AVERAGE = "recent_average"
    NO_HISTORY = "no_history"
    """Nothing tells; the month stays unknown until somebody reads the register."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a register is taken to show at the beginning of a day."""

    day: date
    value: Decimal | None
    """None without a history."""
    method: EstimateMethod


Strategy: TypeAlias = Callable[[Mapping[Month, MonthEnergy], Month], Decimal | None]
"""From the known months and the one to estimate to the energy of an average day."""


def same_month_last_year(known: Mapping[Month, MonthEnergy], month: Month) -> Decimal | None:
    return _average_day(known, [month - MONTHS])


def recent_average(known: Mapping[Month, MonthEnergy], month: Month) -> Decimal | None:
    earlier = [each for each in sorted(known) if each < month and _is_good(known[each])]
    return _average_day(known, earlier[-RECENT:])


STRATEGIES: Final[Sequence[tuple[EstimateMethod, Strategy]]] = (
    (EstimateMethod.SAME_MONTH_LAST_YEAR, same_month_last_year),
    (EstimateMethod.RECENT_AVERAGE, recent_average),
)
"""Asked in this order; the first one that knows is taken."""


def estimate(life: RegisterLife, day: date, *, decimals: int) -> Estimate:
    """Return what the register is taken to show at the beginning of a day without a value.

    It goes on from the last value that counts before the day, by an average day's energy for each
    day since then, rounded down to what the register can show.
    """
    before = [mark for mark in counted(life.marks) if mark.day < day]
    if not before:
        return Estimate(day, None, EstimateMethod.NO_HISTORY)
    known = monthly(life)
    for method, strategy in STRATEGIES:
        average_day = strategy(known, month_of(day - DAY))
        if average_day is not None:
            return Estimate(day, _shown(life, before[-1], day, average_day, decimals), method)
    return Estimate(day, None, EstimateMethod.NO_HISTORY)


def _average_day(known: Mapping[Month, MonthEnergy], months: Sequence[Month]) -> Decimal | None:
    found = [(month, known[month]) for month in months if month in known]
    energies = [each.energy for _, each in found if each.energy is not None and _is_good(each)]
    if not energies:
        return None
    days = sum((starts(month + 1) - starts(month)).days for month, each in found if _is_good(each))
    return sum(energies, Decimal(0)) / days


def _is_good(each: MonthEnergy) -> bool:
    """Tell whether a month was measured as a whole: an estimate is no base for the next one."""
    return each.is_complete and not each.is_estimated


def _shown(
    life: RegisterLife, last: Mark, day: date, average_day: Decimal, decimals: int
) -> Decimal:
    scale = life.scale_between(last.day, day) or life.scales[-1]
    step = average_day * (day - last.day).days / scale.multiplier
    return (last.value + step).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN) % scale.capacity
