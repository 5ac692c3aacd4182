"""One register to settle: what is known of it, and the estimates that it needs."""

from bisect import insort
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.energy.estimates import EstimateMethod, estimate
from app.models.metering.energy.months import Month, part_of
from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.register import Energy


class WrittenEstimate(NamedTuple):
    """An estimate of ours that stands among the readings."""

    reading_id: UUID
    value: Decimal
    method: EstimateMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterToSettle:
    """A register with what it showed; its life knows no estimate of ours."""

    metered: MeteredRegister
    metering_point_id: UUID
    voltage_class: int
    energy: Energy
    decimals: int
    written: Mapping[date, WrittenEstimate]
    """Estimates of ours that stand, by their day."""
    in_review: Collection[date]
    """Days whose reading waits for a decision. It settles nothing, and nothing is written beside
    it."""

    @property
    def register_id(self) -> UUID:
        return self.metered.register_id

    @property
    def life(self) -> RegisterLife:
        return self.metered.life


class NewEstimate(NamedTuple):
    """An estimate that has to be written among the readings."""

    register_id: UUID
    day: date
    value: Decimal
    method: EstimateMethod
    replaces: UUID | None
    """The estimate of ours that stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedRegister:
    """A register whose settled periods all have a closing value, as far as one can be told."""

    register: RegisterToSettle
    life: RegisterLife
    methods: Mapping[date, EstimateMethod]
    """How each estimate of ours came about, by its day."""

    def new_estimates(self) -> Iterable[NewEstimate]:
        """Yield what the readings do not say yet."""
        values = {mark.day: mark.value for mark in self.life.marks}
        for day, method in self.methods.items():
            if day not in values or day in self.register.in_review:
                continue
            before = self.register.written.get(day)
            if before is None or (before.value, before.method) != (values[day], method):
                replaces = before.reading_id if before else None
                yield NewEstimate(self.register.register_id, day, values[day], method, replaces)


def estimated(register: RegisterToSettle, months: Iterable[Month]) -> EstimatedRegister:
    """Estimate what a register showed at the ends of settled months that nobody read.

    `months`: in ascending order. An estimate that a value somebody read follows would give way to
    it, so none is made there: the energy between the two values is shared by days.
    """
    life, methods = register.life, dict[date, EstimateMethod]()
    days = {mark.day for mark in life.marks}
    last_read = max((mark.day for mark in life.marks if mark.is_actual), default=date.min)
    for month in months:
        starts_on, ends_on = part_of(month, life)
        if starts_on >= ends_on or ends_on <= last_read or ends_on in days:
            continue
        found = estimate(life, ends_on, decimals=register.decimals)
        methods[ends_on] = found.method
        if found.value is not None:
            life = _with(life, Mark(ends_on, found.value, is_actual=False))
    return EstimatedRegister(register=register, life=life, methods=methods)


def _with(life: RegisterLife, mark: Mark) -> RegisterLife:
    marks = list(life.marks)
    insort(marks, mark)
    return replace(life, marks=marks)
