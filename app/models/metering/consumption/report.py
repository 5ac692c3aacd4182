"""The months somebody asked for, compared with the year before, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from app.models.metering.consumption.history import (
    Month,
    RegisterHistory,
    days_before,
    month_of,
    period_of,
)
from app.models.metering.consumption.months import ZERO, MonthSum, sum_months
from app.models.metering.consumption.question import QUARTER, Question
from app.models.metering.register import Zone
from app.models.period import MONTHS, Period

HUNDRED: Final = Decimal(100)
TENTH: Final = Decimal("0.1")


class MonthConsumption(NamedTuple):
    """One month; what nobody knows is None, which is not zero."""

    period: Period
    kwh: Decimal | None
    zones: dict[Zone, Decimal]
    parts: dict[UUID, Decimal]
    """The same energy by register or account, if it was asked for."""
    is_estimated: bool
    days: int
    average_daily_kwh: Decimal | None
    previous_year_kwh: Decimal | None
    change_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    total_kwh: Decimal | None
    average_monthly_kwh: Decimal | None
    peak_period: Period | None
    zone_shares: dict[Zone, Decimal]
    forecast_current_kwh: Decimal | None


@dataclass(frozen=True, slots=True)
class Consumption:
    question: Question
    months: Sequence[MonthConsumption]
    summary: Summary


def report(question: Question, histories: Sequence[RegisterHistory]) -> Consumption:
    """Answer the question from registers of the energy that it names.

    The readings of the running month, and of the month before, may still be on their way: these
    two are compared and averaged only once every register that is waited for has come.
    """
    sums = sum_months(histories, question.group_by)
    present = month_of(question.current.starts_on)
    open_months = {
        month
        for month in (present - 1, present)
        if month not in sums or any(history.awaits(month) for history in histories)
    }
    wanted = range(month_of(question.first.starts_on), month_of(question.last.starts_on) + 1)
    return Consumption(
        question=question,
        months=[_describe(month, sums, is_open=month in open_months) for month in wanted],
        summary=_summarize(
            {month: sums[month] for month in wanted if month in sums},
            open_months,
            forecast(sums, present, open_months),
        ),
    )


def forecast(
    sums: Mapping[Month, MonthSum], present: Month, open_months: set[Month]
) -> Decimal | None:
    """Return what the running month is likely to come to, in kWh; None when nothing tells.

    Closed already: what it was. Otherwise the same month of last year, scaled by how the last
    three closed months compare with the same three a year before. Otherwise, without a year of
    history, the average day of those three months, or of as many as are known.
    """
    if present not in open_months:
        return sums[present].kwh
    latest = present - 2 if present - 1 in open_months else present - 1
    months = range(latest - QUARTER + 1, latest + 1)
    known = [month for month in months if month in sums]
    if not known:
        return None
    recent = sum((sums[month].kwh for month in known), ZERO)
    comparable = [month - MONTHS for month in months if month - MONTHS in sums]
    level = sum((sums[month].kwh for month in comparable), ZERO)
    if len(known) == len(comparable) == QUARTER and level and present - MONTHS in sums:
        return sums[present - MONTHS].kwh * recent / level
    return recent / sum(period_of(month).days for month in known) * period_of(present).days


def _describe(month: Month, sums: Mapping[Month, MonthSum], *, is_open: bool) -> MonthConsumption:
    period = period_of(month)
    days = days_before(month + 1) - days_before(month)
    year_before = sums.get(month - MONTHS)
    previous = year_before.kwh if year_before else None
    found = sums.get(month)
    if found is None:
        return MonthConsumption(period, None, {}, {}, False, days, None, previous, None)  # noqa: FBT003 - positions keep the hot path short
    change = None if is_open or not previous else (found.kwh - previous) * HUNDRED / previous
    return MonthConsumption(
        period,
        found.kwh,
        found.zones,
        found.parts,
        found.is_estimated,
        days,
        found.kwh / days,
        previous,
        change,
    )


def _summarize(
    sums: Mapping[Month, MonthSum], open_months: set[Month], expected: Decimal | None
) -> Summary:
    if not sums:
        return Summary(None, None, None, {}, expected)
    total = sum((found.kwh for found in sums.values()), ZERO)
    closed = [found.kwh for month, found in sums.items() if month not in open_months]
    # Of equal months the first: `max` keeps the one it met first, and they come in order.
    peak = max(sums, key=lambda month: sums[month].kwh)
    return Summary(
        total_kwh=total,
        average_monthly_kwh=sum(closed, ZERO) / len(closed) if closed else None,
        peak_period=period_of(peak),
        zone_shares=_shares(sums.values(), total),
        forecast_current_kwh=expected,
    )


def _shares(sums: Iterable[MonthSum], total: Decimal) -> dict[Zone, Decimal]:
    """Return each zone's percentage, to a tenth; the largest takes what rounding left over."""
    zones: dict[Zone, Decimal] = {}
    for found in sums:
        for zone, kwh in found.zones.items():
            zones[zone] = zones.get(zone, ZERO) + kwh
    if not total:
        return {}
    shares = {zone: (kwh * HUNDRED / total).quantize(TENTH) for zone, kwh in zones.items()}
    largest = max(zones, key=lambda zone: zones[zone])
    shares[largest] += HUNDRED - sum(shares.values(), ZERO)
    return shares
