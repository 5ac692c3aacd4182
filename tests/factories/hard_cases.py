"""Registers with one hard case each; the kinds are the operator's, the numbers each seed's own."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from stdnum.eu import eic as eic_code

from tests.factories.energy_oracle import Counter, Value, months_of
from tests.factories.registry import new_tax_id

FIRST_DAYS: Final = [date(2025 + (9 + n) // 12, (9 + n) % 12 + 1, 1) for n in range(14)]
"""From October 2025 to November 2026."""
LONG_AGO: Final = date(2020, 1, 1)
HALF: Final = Decimal("0.5")

HEADERS: Final = {
    "organizations": "tax_id,name,phone",
    "accounts": "account_number,tax_id,address,contract_number,contract_date",
    "metering_points": "eic,account_number,address,allowed_power_kw,voltage_class,valid_from",
    "meters": "serial_number,eic,model,installed_on,removed_on,verification_due_on,is_remote",
    "registers": "meter_serial,code,energy,zone,digits,decimals,multiplier,valid_from",
    "readings": "meter_serial,register_code,taken_on,value,kind,source,event",
    "tariffs": "service,voltage_class,price_uah_per_mwh,valid_from,act",
    "expected": "account_number,period,kwh,is_estimated,case",
}


@dataclass(frozen=True)
class Device:
    """A meter at a point; all of its registers ran on the same days."""

    counters: Sequence[Counter]
    installed_on: date = LONG_AGO
    removed_on: date | None = None


@dataclass(frozen=True)
class Case:
    name: str
    devices: Sequence[Device]
    passes_on: date | None = None
    """The day on which the point passes to another company."""
    voltage_class: int = 2


class Maker:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - numbers for tests

    def steps(self, low: int = 200, high: int = 900) -> list[Decimal]:
        """Return what a register counts in each month."""
        return [Decimal(self._random.randint(low * 10, high * 10)) / 10 for _ in FIRST_DAYS[1:]]

    def month(self, low: int = 4, high: int = 9) -> int:
        return self._random.randint(low, high)

    def multiplier(self) -> Decimal:
        return Decimal(self._random.choice([1, 20, 30, 40, 60, 200]))

    def counter(self, start: int, steps: Sequence[Decimal], digits: int = 6) -> Counter:
        """Return a register that was read at the end of each month."""
        values = [Value(FIRST_DAYS[0], Decimal(start))]
        for day, step in zip(FIRST_DAYS[1:], steps, strict=True):
            shown = values[-1].shown + step
            capacity = Decimal(10) ** digits
            values.append(Value(day, shown % capacity, passed_zero=shown >= capacity))
        return Counter(values, [(LONG_AGO, digits, self.multiplier())], LONG_AGO)

    def start(self) -> int:
        return self._random.randint(1000, 60000)

    def some(self) -> Counter:
        return self.counter(self.start(), self.steps())

    def other_zone(self) -> Counter:
        return replace(self.some(), code="1.8.2", zone="night")

    def mistake(self) -> Decimal:
        return Decimal(self._random.randint(10000, 40000)) / 10


def estimated(counter: Counter, changes: dict[int, Decimal]) -> Counter:
    """Replace values by estimates that differ by so much from what the register showed."""
    values = list(counter.values)
    for place, difference in changes.items():
        former = values[place]
        values[place] = replace(former, shown=former.shown + difference, is_actual=False)
    return replace(counter, values=values)


def without(counter: Counter, places: Sequence[int]) -> Counter:
    values = [value for place, value in enumerate(counter.values) if place not in places]
    return replace(counter, values=values)


def one(name: str, *counters: Counter, voltage_class: int = 2) -> Case:
    return Case(name, [Device(counters)], voltage_class=voltage_class)


def passes_zero(make: Maker) -> Case:
    return one("passes zero", make.counter(98700, make.steps(), digits=5))


def passes_zero_as_usual(make: Maker) -> Case:
    return one("passes zero far from its end", make.counter(100, make.steps(1500, 1600), digits=4))


def holes(make: Maker) -> Case:
    place = make.month(3, 5)
    return one("holes", without(make.some(), [place, place + 1, place + 4]))


def too_high(make: Maker) -> Case:
    return one("estimate too high", estimated(make.some(), {make.month(): make.mistake()}))


def too_low(make: Maker) -> Case:
    return one("estimate too low", estimated(make.some(), {make.month(): -HALF * 100}))


def three_too_high(make: Maker) -> Case:
    place = make.month()
    return one(
        "three estimates", estimated(make.some(), {place + n: make.mistake() for n in range(3)})
    )


def last_is_estimated(make: Maker) -> Case:
    return one("last value is an estimate", estimated(make.some(), {13: HALF * 100}))


def below_the_top(make: Maker) -> Case:
    counter = make.counter(99700, make.steps(19, 26), digits=5)
    return one("estimate below the top", estimated(counter, {make.month(3, 6): Decimal(60)}))


def fall(make: Maker) -> Case:
    counter, place = make.some(), make.month()
    values = list(counter.values)
    values[place] = replace(values[place], shown=values[place].shown + make.mistake())
    values[place + 1] = replace(values[place + 1], is_impossible=True)
    return one("fall", replace(counter, values=values))


def exchange(make: Maker) -> Case:
    place = make.month()
    day = FIRST_DAYS[place] + timedelta(days=make.month(5, 25))
    old, new = make.some(), make.counter(0, make.steps())
    removed = Value(day, old.values[place].shown + 100, event="removed")
    installed = Value(day, Decimal(0), event="installed")
    first = replace(old, values=[*old.values[: place + 1], removed], runs_until=day)
    later = replace(new, values=[installed, *new.values[place + 1 :]], runs_from=day)
    return Case("exchange", [Device([first], removed_on=day), Device([later], installed_on=day)])


def ratio(make: Maker) -> Case:
    counter, place = make.some(), make.month()
    scale = (FIRST_DAYS[place], 6, counter.scales[0][2] + 7)
    return one("ratio", replace(counter, scales=[*counter.scales, scale]))


def digits(make: Maker) -> Case:
    counter = make.counter(90000, make.steps(20, 90), digits=5)
    scale = (FIRST_DAYS[make.month()], 6, counter.scales[0][2])
    return one("digits", replace(counter, scales=[*counter.scales, scale]))


def control(make: Maker) -> Case:
    counter, place = make.some(), make.month()
    day = FIRST_DAYS[place] + timedelta(days=make.month(5, 25))
    value = Value(day, counter.values[place].shown + 100, event="control")
    values = [*counter.values[: place + 1], value, *counter.values[place + 1 :]]
    return one("control", replace(counter, values=values))


def tenure(make: Maker) -> Case:
    return Case("tenure", [Device([make.some()])], passes_on=FIRST_DAYS[make.month()])


def zones(make: Maker) -> Case:
    day = replace(make.some(), code="1.8.1", zone="day")
    night = estimated(make.other_zone(), {make.month(): make.mistake()})
    return one("zones", day, replace(night, scales=day.scales))


KINDS: Final[Sequence[Callable[[Maker], Case]]] = (
    lambda make: one("steady", make.some()),
    passes_zero,
    passes_zero_as_usual,
    holes,
    too_high,
    too_low,
    three_too_high,
    last_is_estimated,
    below_the_top,
    fall,
    exchange,
    ratio,
    digits,
    control,
    tenure,
    zones,
    lambda make: one("class 1", make.some(), voltage_class=1),
)


def write_hard_cases(directory: Path, *, seed: int) -> None:
    """Write an export of form 2 with one account or two for each kind, and what must be shown."""
    make, lines = Maker(seed), Lines(seed)
    for kind in KINDS:
        lines.add(kind(make))
    lines.write(directory)


class Lines:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - numbers for tests
        self._rows: dict[str, list[list[object]]] = {file: [] for file in HEADERS}
        self._number = seed * 10_000
        """Of the last account or meter: those of other seeds have others."""

    def add(self, case: Case) -> None:
        eic = self._new_eic()
        owners = [self._account() for _ in ([0] if case.passes_on is None else [0, 1])]
        for owner, day in zip(owners, ["", case.passes_on], strict=False):
            self._add("metering_points", eic, owner, "Київ", 100, case.voltage_class, day)
        for device in case.devices:
            self._device(eic, device)
        counters = [counter for device in case.devices for counter in device.counters]
        if case.passes_on is None:
            self._expect(owners[0], counters, case.name)
        else:
            self._expect(owners[0], list(until(counters, case.passes_on)), "tenure, old")
            self._expect(owners[1], list(since(counters, case.passes_on)), "tenure, new")

    def write(self, directory: Path) -> None:
        for file, header in HEADERS.items():
            self._random.shuffle(self._rows[file])
            with (directory / f"{file}.csv").open("w", encoding="utf-8", newline="") as target:
                target.write(f"{header}\n")
                csv.writer(target, lineterminator="\n").writerows(self._rows[file])

    def _device(self, eic: str, device: Device) -> None:
        self._number += 1
        serial = f"H{self._number}"
        removed_on = device.removed_on or ""
        self._add("meters", serial, eic, "НІК", device.installed_on, removed_on, "", "false")
        for counter in device.counters:
            self._register(serial, counter)
            for value in counter.values:
                kind = "actual" if value.is_actual else "estimated"
                taken = (counter.code, value.day, value.shown, kind, "operator", value.event)
                self._add("readings", serial, *taken)

    def _register(self, serial: str, counter: Counter) -> None:
        for place, (day, whole, multiplier) in enumerate(counter.scales):
            counts = (counter.zone, whole, 1, multiplier, day if place else "")
            self._add("registers", serial, counter.code, "active_import", *counts)

    def _account(self) -> str:
        self._number += 1
        number, tax_id = f"{6 * 10**9 + self._number}", new_tax_id()
        self._add("organizations", tax_id, f"ТОВ «{number}»", f"+38067{self._number:07}")
        self._add("accounts", number, tax_id, "Київ", "1/1", "2020-01-01")
        return number

    def _expect(self, number: str, counters: Sequence[Counter], case: str) -> None:
        known = months_of(counters)
        for day in FIRST_DAYS[:-1]:
            kwh, is_estimated = known.get(f"{day:%Y-%m}", (None, None))
            estimated_too = "" if is_estimated is None else str(is_estimated).lower()
            self._add("expected", number, f"{day:%Y-%m}", kwh or "", estimated_too, case)

    def _add(self, file: str, *cells: object) -> None:
        self._rows[file].append(list(cells))

    def _new_eic(self) -> str:
        while True:
            stem = f"62Z{self._random.randrange(10**12):012}"
            if (check := eic_code.calc_check_digit(stem)) != "-":
                return stem + check


def until(counters: Sequence[Counter], day: date) -> Iterator[Counter]:
    for counter in counters:
        values = [value for value in counter.values if value.day <= day]
        yield replace(counter, values=values, runs_until=day)


def since(counters: Sequence[Counter], day: date) -> Iterator[Counter]:
    for counter in counters:
        values = [value for value in counter.values if value.day >= day]
        yield replace(counter, values=values, runs_from=day)
