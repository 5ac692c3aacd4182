"""The months somebody asked for, compared with the year before, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from app.models.metering.consumption.months import (
    ZERO,
    EvenMonth,
    EvenSpell,
    MeteredRegister,
    Months,
    MonthSum,
)
from app.models.metering.consumption.question import QUARTER, Question
from app.models.metering.energy.months import Month, month_of, period_of
from app.models.metering.energy.spans import Unknown
from app.models.metering.register import Zone
from app.models.period import MONTHS, Period

HUNDRED: Final = Decimal(100)
TENTH: Final = Decimal("0.1")


class Incomplete(StrEnum):
    """Why a month says less than it should; the code of a finding, beside `Unknown`."""

    READING_MISSING = "reading_missing"
    """A register ran in the month, and its readings do not tell the whole of it."""


class MonthConsumption(NamedTuple):
    """One month; what nobody knows is None, which is not zero."""

    period: Period
    energy: Decimal | None
    """In kWh or kvarh."""
    estimated: Decimal | None
    """How much of the energy is estimated."""
    zones: Mapping[Zone, Decimal | None]
    parts: Mapping[UUID, Decimal | None]
    """The same energy by register or account, if it was asked for."""
    is_estimated: bool
    is_complete: bool
    findings: Sequence[str]
    days: int
    average_daily: Decimal | None
    previous_year: Decimal | None
    change_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    total: Decimal | None
    average_monthly: Decimal | None
    peak_period: Period | None
    zone_shares: dict[Zone, Decimal]
    forecast_current: Decimal | None


@dataclass(frozen=True, slots=True)
class Consumption:
    question: Question
    months: Sequence[MonthConsumption]
    summary: Summary


class Report:
    """The answer to a question while registers of the energy that it names are added.

    The readings of the running month, and of the month before, may still be on their way: these
    two are compared and averaged only once every register that is waited for has come.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self._first = month_of(question.first.starts_on)
        self._last = month_of(question.last.starts_on)
        self._present = month_of(question.current.starts_on)
        self._months = Months(
            question.group_by, first=self._first, last=self._last, present=self._present
        )

    def add(self, registers: Iterable[MeteredRegister]) -> None:
        self._months.add(registers)

    def add_even(self, months: Iterable[EvenMonth], spells: Iterable[EvenSpell]) -> None:
        """Add registers whose months were added up already; they are parts of no group."""
        self._months.add_even(months, spells)

    def consumption(self) -> Consumption:
        open_months, sums = self._months.open, self._months.sums
        known = {month: sum_.energy for month, sum_ in sums.items() if sum_.energy is not None}
        wanted = range(self._first, self._last + 1)
        return Consumption(
            question=self._question,
            months=[self._describe(month, known, open_months) for month in wanted],
            summary=self._summarize(
                {month: known[month] for month in wanted if month in known},
                open_months,
                forecast(known, self._present, open_months),
            ),
        )

    def _summarize(
        self, shown: Mapping[Month, Decimal], open_months: set[Month], expected: Decimal | None
    ) -> Summary:
        if not shown:
            return Summary(None, None, None, {}, expected)
        return Summary(
            total=sum(shown.values(), ZERO),
            average_monthly=_average([shown[month] for month in shown if month not in open_months]),
            # Of equal months the first: `max` keeps the one it met first, and they come in order.
            peak_period=period_of(max(shown, key=shown.__getitem__)),
            zone_shares=_shares(self._months.sums[month] for month in shown),
            forecast_current=expected,
        )

    def _describe(
        self, month: Month, known: Mapping[Month, Decimal], open_months: set[Month]
    ) -> MonthConsumption:
        period = period_of(month)
        energy, previous = known.get(month), known.get(month - MONTHS)
        found = self._months.sums.get(month) or MonthSum(energy=None)
        is_complete = self._months.is_complete(month)
        return MonthConsumption(
            period=period,
            energy=energy,
            estimated=None if energy is None else found.estimated,
            zones=found.zones,
            parts=found.parts,
            is_estimated=found.is_estimated,
            is_complete=is_complete,
            findings=self._findings(month, found.unknown, is_complete=is_complete),
            days=period.days,
            average_daily=None if energy is None else energy / period.days,
            previous_year=previous,
            change_percent=None if month in open_months else _change(energy, previous),
        )

    def _findings(
        self, month: Month, unknown: Iterable[Unknown], *, is_complete: bool
    ) -> Sequence[str]:
        if unknown:
            return sorted(unknown)
        if is_complete or not self._months.running.get(month) or month > self._present:
            return ()
        return (Incomplete.READING_MISSING,)


def report(question: Question, registers: Iterable[MeteredRegister]) -> Consumption:
    """Answer the question from registers of the energy that it names."""
    answer = Report(question)
    answer.add(registers)
    return answer.consumption()


def forecast(
    known: Mapping[Month, Decimal], present: Month, open_months: set[Month]
) -> Decimal | None:
    """Return what the running month is likely to come to; None when nothing tells.

    Closed already: what it was. Otherwise the same month of last year, scaled by how the last
    three closed months compare with the same three a year before. Otherwise, without a year of
    history, the average day of those three months, or of as many as are known.
    """
    if present not in open_months:
        return known.get(present)
    latest = present - 2 if present - 1 in open_months else present - 1
    recent = [month for month in range(latest - QUARTER + 1, latest + 1) if month in known]
    if not recent:
        return None
    recently = sum((known[month] for month in recent), ZERO)
    comparable = [month - MONTHS for month in recent if month - MONTHS in known]
    level = sum((known[month] for month in comparable), ZERO)
    if len(comparable) == QUARTER and level and present - MONTHS in known:
        return known[present - MONTHS] * recently / level
    return recently / sum(period_of(month).days for month in recent) * period_of(present).days


def _average(energies: Sequence[Decimal]) -> Decimal | None:
    return sum(energies, ZERO) / len(energies) if energies else None


def _change(energy: Decimal | None, previous: Decimal | None) -> Decimal | None:
    return None if energy is None or not previous else (energy - previous) * HUNDRED / previous


def _shares(sums: Iterable[MonthSum]) -> dict[Zone, Decimal]:
    """Return each zone's percentage, to a tenth; the largest takes what rounding left over."""
    zones: dict[Zone, Decimal] = {}
    for found in sums:
        for zone, energy in found.zones.items():
            zones[zone] = zones.get(zone, ZERO) + (energy or ZERO)
    total = sum(zones.values(), ZERO)
    if not total:
        return {}
    shares = {zone: (energy * HUNDRED / total).quantize(TENTH) for zone, energy in zones.items()}
    largest = max(zones, key=lambda zone: zones[zone])
    shares[largest] += HUNDRED - sum(shares.values(), ZERO)
    return shares
