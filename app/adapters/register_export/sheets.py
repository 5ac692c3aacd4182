"""The files of an export, in the order in which one refers to another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from app.adapters.register_export.columns import (
    DAYS_REMEMBERED,
    boolean,
    day,
    decimal,
    group,
    metering_point,
    one_of,
    optional,
    positive,
    required,
    whole_number,
    words,
)
from app.clock import kyiv_midnight
from app.identifiers import AccountNumbers, parse_phone, parse_tax_id
from app.models.billing.tariff import Service
from app.models.metering.reading import Kind, ReadingEvent, Source
from app.models.metering.register import Energy, Zone
from app.models.period import Period

LONGEST_NAME: Final = 500
LONGEST_CODE: Final = 60


@dataclass(frozen=True, slots=True)
class Derived:
    """A value that follows from a cell, so that rules of ours are not written again in SQL."""

    name: str
    column: str
    compute: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: what its columns hold, and which of them name the row."""

    noun: str
    columns: dict[str, Callable[[str], Any]]
    key: tuple[str, ...]
    derived: tuple[Derived, ...] = ()
    may_lack: frozenset[str] = frozenset()
    """Columns of form 2, which a file of form 1 does not have."""
    is_optional: bool = False
    """Whether an export of form 1 does not have the file."""

    @property
    def file(self) -> str:
        return f"{self.noun}.csv"


def sheets_of_an_export(account_numbers: AccountNumbers) -> tuple[Sheet, ...]:
    account_number = required(account_numbers.parse)
    tax_id, eic = required(parse_tax_id), required(metering_point)
    name, code = required(words(LONGEST_NAME)), required(words(LONGEST_CODE))
    return (
        Sheet(
            "organizations",
            {"tax_id": tax_id, "name": name, "phone": optional(parse_phone)},
            key=("tax_id",),
        ),
        Sheet(
            "accounts",
            {
                "account_number": account_number,
                "tax_id": tax_id,
                "address": name,
                "contract_number": optional(code),
                "contract_date": optional(day),
                "window_group": optional(group),
            },
            key=("account_number",),
            may_lack=frozenset({"window_group"}),
        ),
        Sheet(
            "metering_points",
            {
                "eic": eic,
                "account_number": account_number,
                "address": name,
                "allowed_power_kw": optional(decimal(15, 3)),
                "voltage_class": optional(whole_number(1, 2)),
                "valid_from": optional(day),
            },
            key=("eic",),
            may_lack=frozenset({"voltage_class", "valid_from"}),
        ),
        _meters(code=code, eic=eic),
        _registers(code=code),
        tariff_sheet(),
        _readings(code=code),
    )


def _meters(*, code: Callable[[str], str], eic: Callable[[str], str]) -> Sheet:
    return Sheet(
        "meters",
        {
            "serial_number": code,
            "eic": eic,
            "model": code,
            "installed_on": required(day),
            "removed_on": optional(day),
            "verification_due_on": optional(day),
            "is_remote": required(boolean),
        },
        key=("serial_number",),
    )


def _registers(*, code: Callable[[str], str]) -> Sheet:
    return Sheet(
        "registers",
        {
            "meter_serial": code,
            "code": code,
            "energy": required(one_of(Energy)),
            "zone": required(one_of(Zone)),
            "digits": required(whole_number(1, 9)),
            "decimals": required(whole_number(0, 3)),
            "multiplier": required(positive(decimal(12, 4))),
            "valid_from": optional(day),
        },
        key=("meter_serial", "code"),
        may_lack=frozenset({"valid_from"}),
    )


def tariff_sheet() -> Sheet:
    return Sheet(
        "tariffs",
        {
            "service": required(one_of(Service)),
            "voltage_class": required(whole_number(1, 2)),
            "price_uah_per_mwh": required(decimal(18, 6)),
            "valid_from": required(day),
            "act": required(words(LONGEST_NAME)),
        },
        key=("service", "voltage_class", "valid_from"),
        is_optional=True,
    )


def _readings(*, code: Callable[[str], str]) -> Sheet:
    return Sheet(
        "readings",
        {
            "meter_serial": code,
            "register_code": code,
            "taken_on": required(day),
            "value": required(decimal(15, 3)),
            "kind": required(one_of(Kind)),
            "source": required(one_of(Source)),
            "event": optional(one_of(ReadingEvent)),
        },
        key=("meter_serial", "register_code", "taken_on"),
        may_lack=frozenset({"event"}),
        derived=(
            Derived("period", "taken_on", _period_closed_on),
            Derived("taken_at", "taken_on", lru_cache(DAYS_REMEMBERED)(kyiv_midnight)),
        ),
    )


@lru_cache(DAYS_REMEMBERED)
def _period_closed_on(taken_on: date) -> date:
    return Period.containing(taken_on - timedelta(days=1)).starts_on
