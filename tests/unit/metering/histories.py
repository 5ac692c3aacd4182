"""Registers' histories, and what is told from them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.models.base import new_id
from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.consumption.report import Consumption, MonthConsumption, report
from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.register import Energy, Zone
from app.models.period import Period

JANUARY, TODAY = Period(2026, 1), date(2026, 11, 23)
METER = new_id()


def history(
    *readings: str | None,
    first: Period = JANUARY,
    zone: Zone = Zone.TOTAL,
    meter_id: UUID = METER,
    estimated: Sequence[int] = (),
    digits: int = 6,
    multiplier: str = "1",
    runs_from: date | None = None,
    removed_on: date | None = None,
    zones: Sequence[tuple[date, Zone]] = (),
) -> MeteredRegister:
    """Return a register read at the ends of months from `first` on; None is a missing month."""
    marks = [
        Mark(first.shifted(place).ends_on, Decimal(value), place not in estimated)
        for place, value in enumerate(readings)
        if value is not None
    ]
    return MeteredRegister(
        account_id=new_id(),
        meter_id=meter_id,
        register_id=new_id(),
        zone=zone,
        zones=zones,
        life=RegisterLife(
            marks=marks,
            scales=(Scale(date.min, digits, Decimal(multiplier)),),
            runs_from=runs_from or (marks[0].day if marks else None),
            runs_until=removed_on,
        ),
    )


def ask(
    *histories: MeteredRegister,
    first: Period | None = None,
    last: Period | None = None,
    group_by: GroupBy = GroupBy.ZONE,
    today: date = TODAY,
) -> Consumption:
    question = Question.of(first, last, energy=Energy.ACTIVE_IMPORT, group_by=group_by, today=today)
    return report(question, histories)


def month_in(consumption: Consumption, text: str) -> MonthConsumption:
    [found] = [month for month in consumption.months if str(month.period) == text]
    return found
