"""The settled periods of one account: what each register and each metering point comes to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from app.models.metering.consumption.months import MeteredRegister, counted_once
from app.models.metering.energy.estimates import EstimateMethod
from app.models.metering.energy.months import (
    ZERO,
    Month,
    MonthEnergy,
    billed,
    month_of,
    monthly,
    part_of,
)
from app.models.metering.energy.register import Mark
from app.models.metering.energy.spans import counted
from app.models.metering.reading import Kind
from app.models.metering.register import Energy
from app.models.metering.settling.registers import (
    EstimatedRegister,
    NewEstimate,
    RegisterToSettle,
    estimated,
)

PROLONGED: Final = 3
"""Months in a row without a reading from which an estimate is called prolonged."""
DAY: Final = timedelta(days=1)
MOST_UNREAD: Final = 32_767


class RegisterMonth(NamedTuple):
    """A register at the ends of its part of a month, and the energy between."""

    register_id: UUID
    opening: Decimal | None
    closing: Decimal | None
    kind: Kind
    estimate_method: EstimateMethod | None
    months_unread: int
    energy: Decimal | None


class PointMonth(NamedTuple):
    """What a metering point is billed for: whole kWh or kvarh."""

    metering_point_id: UUID
    energy: Energy
    voltage_class: int
    amount: int | None
    is_estimated: bool


@dataclass(slots=True)
class MonthSettlement:
    """One account in one month."""

    registers: list[RegisterMonth] = field(default_factory=list)
    points: list[PointMonth] = field(default_factory=list)

    @property
    def content(self) -> str:
        """Return a hash of what is told: two settlements of the same content are the same.

        Without the voltage class, which a settled month keeps.
        """
        told = [
            *(
                f"{each.register_id} {_spelled(each.opening)} {_spelled(each.closing)} {each.kind}"
                f" {each.estimate_method} {each.months_unread} {_spelled(each.energy)}"
                for each in sorted(self.registers)
            ),
            *(
                f"{each.metering_point_id} {each.energy} {each.amount} {each.is_estimated}"
                for each in sorted(self.points)
            ),
        ]
        return blake2b("\n".join(told).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class AccountSettlement:
    """All settled months of an account, and the estimates that have to be written for them."""

    months: Mapping[Month, MonthSettlement]
    """Only months in which a register ran."""
    estimates: Sequence[NewEstimate]


Monthly: TypeAlias = Mapping[Month, MonthEnergy]
Metered: TypeAlias = tuple[MeteredRegister, Monthly]


def settle(registers: Sequence[RegisterToSettle], months: Sequence[Month]) -> AccountSettlement:
    """Return what the months of an account come to.

    `months`: those that are settled already and those to settle now, in ascending order. That the
    later of them change the earlier is the point: a value that was read makes estimates give way.
    """
    wanted = frozenset(months)
    if not wanted:
        return AccountSettlement({}, [])
    settled: dict[Month, MonthSettlement] = defaultdict(MonthSettlement)
    points: dict[tuple[UUID, Energy], list[Metered]] = defaultdict(list)
    classes: dict[UUID, int] = {}
    estimates: list[NewEstimate] = []
    for register in registers:
        whole = estimated(register, months)
        energies = monthly(whole.life)
        for month, told in _register_months(whole, energies, months):
            settled[month].registers.append(told)
        points[register.metering_point_id, register.energy] += register.metered.by_zone(energies)
        classes[register.metering_point_id] = register.voltage_class
        estimates += whole.new_estimates()
    for (point_id, energy), metered in points.items():
        for month, (amount, is_estimated) in _point_months(metered, wanted).items():
            told_of_point = PointMonth(point_id, energy, classes[point_id], amount, is_estimated)
            settled[month].points.append(told_of_point)
    return AccountSettlement(settled, estimates)


def _register_months(
    whole: EstimatedRegister, energies: Monthly, months: Sequence[Month]
) -> Iterator[tuple[Month, RegisterMonth]]:
    marks = {mark.day: mark for mark in counted(whole.life.marks)}
    read = [day for day, mark in marks.items() if mark.is_actual]
    for month in months:
        starts_on, ends_on = part_of(month, whole.life)
        if starts_on >= ends_on:
            continue
        opening, closing = marks.get(starts_on), marks.get(ends_on)
        is_read = closing is not None and closing.is_actual
        found = energies.get(month)
        yield (
            month,
            RegisterMonth(
                whole.register.register_id,
                _value(opening),
                _value(closing),
                Kind.ACTUAL if is_read else Kind.ESTIMATED,
                None if is_read else whole.methods.get(ends_on),
                0 if is_read else _months_unread(read, ends_on),
                None if found is None else found.energy,
            ),
        )


def _months_unread(read: Sequence[date], ends_on: date) -> int:
    """Count the months whose ends passed unread; 1 for a register that was never read before."""
    before = [day for day in read if day < ends_on]
    if not before:
        return 1
    return min(max(month_of(ends_on - DAY) - month_of(before[-1] - DAY), 1), MOST_UNREAD)


def _point_months(
    metered: Sequence[Metered], wanted: frozenset[Month]
) -> dict[Month, tuple[int | None, bool]]:
    """Return the whole kWh of each wanted month, and whether it is estimated.

    The sum since the point's first value is rounded, and not the month, so that no error adds up.
    A month that cannot be known adds nothing until it is known.
    """
    sums, known = _sums(metered, wanted)
    through, amounts = ZERO, dict[Month, tuple[int | None, bool]]()
    for month in sorted(sums.keys() | wanted & known.keys()):
        before, (energy, is_estimated) = through, sums.get(month, (ZERO, True))
        through += energy
        if month in known and month in wanted:
            amount = billed(before, through) if known[month] else None
            amounts[month] = amount, is_estimated
    return amounts


def _sums(
    metered: Sequence[Metered], wanted: frozenset[Month]
) -> tuple[dict[Month, tuple[Decimal, bool]], dict[Month, bool]]:
    """Return the energy of each month, and of the wanted ones whether all of it can be known."""
    sums: dict[Month, tuple[Decimal, bool]] = {}
    known: dict[Month, bool] = {}
    meters: dict[UUID, list[Metered]] = defaultdict(list)
    for each in metered:
        meters[each[0].meter_id].append(each)
    for siblings in meters.values():
        for register, energies, uncounted in counted_once(siblings):
            for month, found in energies.items():
                if month not in uncounted:
                    energy, is_estimated = sums.get(month, (ZERO, False))
                    sums[month] = (
                        energy + (found.energy or ZERO),
                        is_estimated or found.is_estimated,
                    )
            for month in register.months(min(wanted), max(wanted)):
                if month in wanted and month not in uncounted:
                    told = energies.get(month)
                    is_known = told is not None and told.energy is not None
                    known[month] = known.get(month, True) and is_known
    return sums, known


def _value(mark: Mark | None) -> Decimal | None:
    return None if mark is None else mark.value


def _spelled(number: Decimal | None) -> str:
    return "-" if number is None else f"{number:.3f}"
