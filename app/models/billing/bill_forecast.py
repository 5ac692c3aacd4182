"""What the running month will come to, from readings so far and the forecast of consumption."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from app.models.billing.draft import Draft, DraftLine
from app.models.billing.energy_charges import (
    NotBillable,
    PointEnergy,
    Tariffs,
    distribution_line,
)
from app.models.billing.invoice import InvoiceKind
from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.consumption.question import Question
from app.models.metering.consumption.report import report
from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.recorded_reading import RecordedReading
from app.models.period import Period


@dataclass(frozen=True, slots=True)
class MeteredPoint:
    """A metering point of an account, with the meters that hang there or have hung."""

    eic: str
    voltage_class: int
    meter_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class BillForecast:
    period: Period
    draft: Draft | None
    """None where nothing can be told, or nothing will be used."""
    unknown: Mapping[str, str]
    """By EIC: why a point is not in it."""


def bill_forecast(
    question: Question,
    points: Sequence[MeteredPoint],
    registers: Iterable[MeteredRegister],
    tariffs: Tariffs,
) -> BillForecast:
    """Return the lines that the running month's invoice is likely to have."""
    metered = list(registers)
    lines: list[DraftLine] = []
    unknown: dict[str, str] = {}
    for point in points:
        own = [each for each in metered if each.meter_id in point.meter_ids]
        expected = report(question, own).summary.forecast_current
        try:
            line = _line(point, expected, question.current, tariffs)
        except NotBillable as refused:
            unknown[point.eic] = refused.code
            continue
        if line is not None:
            lines.append(line)
        elif expected is None:
            unknown[point.eic] = "consumption_unknown"
    return BillForecast(question.current, _draft(lines, question.current), unknown)


def as_if_read(
    registers: Iterable[MeteredRegister], values: Iterable[RecordedReading]
) -> list[MeteredRegister]:
    """Return registers as they would be known, had they been read so."""
    marks: dict[UUID, dict[date, Mark]] = defaultdict(dict)
    for each in values:
        mark = Mark(each.read_on, each.value, is_actual=True)
        marks[each.register_id][each.read_on] = mark
    return [
        replace(each, life=_with_marks(each.life, marks.get(each.register_id, {})))
        for each in registers
    ]


def _with_marks(life: RegisterLife, marks: Mapping[date, Mark]) -> RegisterLife:
    known = {mark.day: mark for mark in life.marks} | dict(marks)
    return replace(life, marks=[known[day] for day in sorted(known)])


def _line(
    point: MeteredPoint, expected: Decimal | None, period: Period, tariffs: Tariffs
) -> DraftLine | None:
    if expected is None:
        return None
    energy = PointEnergy(
        eic=point.eic,
        voltage_class=point.voltage_class,
        kwh=int(expected.to_integral_value(ROUND_HALF_UP)),
        is_estimated=True,
        version=0,
    )
    return distribution_line(energy, tariffs, period)


def _draft(lines: Sequence[DraftLine], period: Period) -> Draft | None:
    if not lines:
        return None
    return Draft(issue_key="forecast", kind=InvoiceKind.FINAL, lines=lines, period=period)
