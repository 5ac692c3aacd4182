"""Registers' histories, and what is told from them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.models.base import new_id
from app.models.metering.consumption.history import RegisterHistory
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.consumption.report import Consumption, MonthConsumption, report
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
    **changes: Any,
) -> RegisterHistory:
    """Return a register read at the ends of months from `first` on; None is a missing month."""
    known = [(place, value) for place, value in enumerate(readings) if value is not None]
    settings: dict[str, Any] = {"digits": 6, "multiplier": Decimal(1), "removed_on": None}
    return RegisterHistory(
        account_id=new_id(),
        meter_id=meter_id,
        register_id=new_id(),
        zone=zone,
        periods=[first.shifted(place).starts_on for place, _ in known],
        values=[Decimal(value) for _, value in known],
        estimated=[place in estimated for place, _ in known],
        **settings | changes,
    )


def ask(
    *histories: RegisterHistory,
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
