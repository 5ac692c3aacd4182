"""Registers added up to the months of an account or of a whole cabinet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from app.models.metering.consumption.question import GroupBy
from app.models.metering.energy.months import Month, MonthEnergy, month_of, monthly, starts
from app.models.metering.energy.register import RegisterLife
from app.models.metering.energy.spans import Unknown
from app.models.metering.register import Zone

ZERO: Final = Decimal(0)

LONGEST_SILENCE: Final = 3
"""Months without a reading after which nobody waits for a register any more."""

DAY: Final = timedelta(days=1)

ZoneSince: TypeAlias = tuple[date, Zone]
"""The first day on which a register counts for a zone, and the zone."""

Monthly: TypeAlias = Mapping[Month, MonthEnergy]
Metered: TypeAlias = "tuple[MeteredRegister, Monthly]"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredRegister:
    """A register, the account and the meter that it belongs to, and what it showed."""

    account_id: UUID
    meter_id: UUID
    register_id: UUID
    zone: Zone
    """The newest one."""
    life: RegisterLife
    zones: Sequence[ZoneSince] = ()
    """Where the register counted for other zones before: its history, oldest first."""

    def zone_in(self, month: Month) -> Zone:
        """Return the zone of a month: the one for which the register counted at its end."""
        begun = [zone for since, zone in self.zones if since < starts(month + 1)]
        return begun[-1] if begun else self.zones[0][1] if self.zones else self.zone

    def by_zone(self, energies: Monthly) -> "Iterable[Metered]":
        """Return the register once for each zone, with the months in which it counted for it."""
        if not self.zones:
            yield self, energies
            return
        for zone in sorted({zone for _, zone in self.zones}):
            yield (
                replace(self, zone=zone),
                {month: each for month, each in energies.items() if self.zone_in(month) == zone},
            )

    def awaits(self, month: Month) -> bool:
        """Tell whether the month's reading can still come: the meter runs and was read lately."""
        marks, until = self.life.marks, self.life.runs_until
        if not marks or not 0 < month - month_of(marks[-1].day - DAY) <= LONGEST_SILENCE:
            return False
        return until is None or until > starts(month)

    def months(self, first: Month, last: Month) -> Sequence[Month]:
        """Return those of the months from `first` to `last` in which it ran for its zone."""
        since, until = self.life.runs_from, self.life.runs_until
        begins = first if since is None else max(first, month_of(since))
        ends = last if until is None else min(last, month_of(until - DAY))
        ran = range(begins, ends + 1)
        return [month for month in ran if self.zone_in(month) == self.zone] if self.zones else ran


class EvenMonth(NamedTuple):
    """A month of registers that were read at both of its ends, added up."""

    month: Month
    zone: Zone
    energy: Decimal
    registers: int


class EvenSpell(NamedTuple):
    """Registers that ran in the same months and were last read in the same one."""

    first: Month | None
    """None: before everything we know."""
    last: Month | None
    """None: they still run."""
    last_read: Month | None
    """The last month that a value closes; None without a value."""
    registers: int

    def awaits(self, month: Month) -> bool:
        """Tell the same as `MeteredRegister.awaits`."""
        if self.last_read is None or not 0 < month - self.last_read <= LONGEST_SILENCE:
            return False
        return self.last is None or self.last >= month


@dataclass(slots=True)
class MonthSum:
    """The energy of one month, and of each zone and each part (register or account) in it."""

    energy: Decimal | None = ZERO
    """None when the energy of one of the registers cannot be known."""
    estimated: Decimal = ZERO
    """How much of the energy is estimated."""
    is_estimated: bool = False
    complete: int = 0
    """Registers of which the whole month is known."""
    unknown: set[Unknown] = field(default_factory=set)
    zones: dict[Zone, Decimal | None] = field(default_factory=dict)
    parts: dict[UUID, Decimal | None] = field(default_factory=dict)

    def add(self, month: MonthEnergy, zone: Zone, part: UUID | None) -> None:
        energy = month.energy
        self.energy = _plus(self.energy, energy)
        self.zones[zone] = _plus(self.zones.get(zone, ZERO), energy)
        if part is not None:
            self.parts[part] = _plus(self.parts.get(part, ZERO), energy)
        if month.is_estimated:
            self.is_estimated = True
            self.estimated += energy or ZERO
        if month.unknown is not None:
            self.unknown.add(month.unknown)
        self.complete += month.is_complete

    def add_even(self, zone: Zone, energy: Decimal, registers: int) -> None:
        """Add registers that were read at both ends of the month."""
        self.energy = _plus(self.energy, energy)
        self.zones[zone] = _plus(self.zones.get(zone, ZERO), energy)
        self.complete += registers


class Months:
    """The months of a report while registers are added, meter by meter.

    Registers of one meter must come together; a big cabinet's may come in several pieces.
    """

    def __init__(self, group_by: GroupBy, *, first: Month, last: Month, present: Month) -> None:
        self._group_by = group_by
        self._first, self._last, self._present = first, last, present
        self._sums: dict[Month, MonthSum] = defaultdict(MonthSum)
        self.running: dict[Month, int] = defaultdict(int)
        """How many registers ran in a month that is shown."""
        self._awaited: set[Month] = set()

    @property
    def sums(self) -> Mapping[Month, MonthSum]:
        return self._sums

    @property
    def open(self) -> set[Month]:
        """The present month and the one before, as long as readings of them may still come."""
        latest = (self._present - 1, self._present)
        return {month for month in latest if month not in self._sums or month in self._awaited}

    def add(self, registers: Iterable[MeteredRegister]) -> None:
        meters: dict[UUID, list[Metered]] = defaultdict(list)
        for register in registers:
            meters[register.meter_id].extend(register.by_zone(monthly(register.life)))
            self._awaited.update(
                month for month in (self._present - 1, self._present) if register.awaits(month)
            )
        for metered in meters.values():
            self._add_meter(metered)

    def add_even(self, months: Iterable[EvenMonth], spells: Iterable[EvenSpell]) -> None:
        """Add registers whose months were added up already."""
        for month, zone, energy, registers in months:
            self._sums[month].add_even(zone, energy, registers)
        for spell in spells:
            first = self._first if spell.first is None else max(self._first, spell.first)
            last = self._last if spell.last is None else min(self._last, spell.last)
            for month in range(first, last + 1):
                self.running[month] += spell.registers
            self._awaited.update(
                month for month in (self._present - 1, self._present) if spell.awaits(month)
            )

    def is_complete(self, month: Month) -> bool:
        """Tell whether the whole month is known of each register that ran in it."""
        found = self._sums.get(month)
        return found is not None and found.complete >= self.running[month]

    def _add_meter(self, registers: Sequence[Metered]) -> None:
        for register, energies, uncounted in counted_once(registers):
            zone, part = register.zone, part_of(register, self._group_by)
            for month, energy in energies.items():
                if month not in uncounted:
                    self._sums[month].add(energy, zone, part)
            for month in register.months(self._first, self._last):
                if month not in uncounted:
                    self.running[month] += 1


def counted_once(
    registers: Sequence[Metered],
) -> Sequence[tuple[MeteredRegister, Monthly, set[Month]]]:
    """Return for each register the months in which it does not count.

    Some meters show both zones and, in `total`, their sum. In a month in which every zone's
    register is known the zones count, because they say more; in any other month the total does,
    if it is known, because some zones would say too little.
    """
    zones = [metered for metered in registers if metered[0].zone != Zone.TOTAL]
    totals = [metered for metered in registers if metered[0].zone == Zone.TOTAL]
    if not zones or not totals:
        return [(register, energies, set()) for register, energies in registers]
    zoned = set.intersection(*(_complete(energies) for _, energies in zones))
    whole = set.union(*(_known(energies) for _, energies in totals)) - zoned
    seen = set.union(*(set(energies) for _, energies in zones))
    # Neither is known as a whole: what the zones tell counts, the total would repeat it.
    return [
        *((register, energies, whole) for register, energies in zones),
        *((register, energies, zoned | (seen - whole)) for register, energies in totals),
    ]


def part_of(register: MeteredRegister, group_by: GroupBy) -> UUID | None:
    if group_by is GroupBy.REGISTER:
        return register.register_id
    if group_by is GroupBy.ACCOUNT:
        return register.account_id
    return None


def _complete(energies: Monthly) -> set[Month]:
    return {month for month, energy in energies.items() if energy.is_complete}


def _known(energies: Monthly) -> set[Month]:
    return {month for month, energy in energies.items() if energy.energy is not None}


def _plus(sum_: Decimal | None, energy: Decimal | None) -> Decimal | None:
    return None if sum_ is None or energy is None else sum_ + energy
