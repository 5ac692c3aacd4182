"""Registers added up to the months of an account or of a whole cabinet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from app.models.metering.consumption.history import Energy, Month, RegisterHistory
from app.models.metering.consumption.question import GroupBy
from app.models.metering.register import Zone

ZERO: Final = Decimal(0)

Monthly: TypeAlias = Mapping[Month, Energy]
Metered: TypeAlias = tuple[RegisterHistory, Monthly]


@dataclass(slots=True)
class MonthSum:
    """The energy of one month, and of each zone and each part (register or account) in it."""

    kwh: Decimal = ZERO
    is_estimated: bool = False
    zones: dict[Zone, Decimal] = field(default_factory=dict)
    parts: dict[UUID, Decimal] = field(default_factory=dict)

    def add(self, energy: Energy, zone: Zone, part: UUID | None) -> None:
        kwh, is_estimated = energy
        self.kwh += kwh
        if is_estimated:
            self.is_estimated = True
        self.zones[zone] = self.zones.get(zone, ZERO) + kwh
        if part is not None:
            self.parts[part] = self.parts.get(part, ZERO) + kwh


def sum_months(histories: Iterable[RegisterHistory], group_by: GroupBy) -> dict[Month, MonthSum]:
    """Add registers up, each month's energy once: meter by meter, never across meters."""
    meters: dict[UUID, list[Metered]] = defaultdict(list)
    for history in histories:
        meters[history.meter_id].append((history, history.monthly()))
    sums: dict[Month, MonthSum] = defaultdict(MonthSum)
    for registers in meters.values():
        for history, energies in counted_once(registers):
            zone, part = history.zone, part_of(history, group_by)
            for month, energy in energies.items():
                sums[month].add(energy, zone, part)
    return dict(sums)


def counted_once(registers: Sequence[Metered]) -> Sequence[Metered]:
    """Leave out what a meter counts twice: some show both zones and, in `total`, their sum.

    In a month in which every zone's register is known the zones count, because they say more;
    in any other month the total does, if it is known, because some zones would say too little.
    """
    zones = [metered for metered in registers if metered[0].zone != Zone.TOTAL]
    totals = [metered for metered in registers if metered[0].zone == Zone.TOTAL]
    if not zones or not totals:
        return registers
    zoned = set.intersection(*(set(energies) for _, energies in zones))
    whole = set.union(*(set(energies) for _, energies in totals)) - zoned
    return [
        *((history, without(energies, whole)) for history, energies in zones),
        *((history, without(energies, zoned)) for history, energies in totals),
    ]


def without(energies: Monthly, months: set[Month]) -> Monthly:
    return {month: energy for month, energy in energies.items() if month not in months}


def part_of(history: RegisterHistory, group_by: GroupBy) -> UUID | None:
    if group_by is GroupBy.REGISTER:
        return history.register_id
    if group_by is GroupBy.ACCOUNT:
        return history.account_id
    return None
