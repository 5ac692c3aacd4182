"""Three CSV files with what reactive energy is charged by; docs/money.md tells the form."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.adapters.register_export.columns import (
    ValueRefused,
    day,
    decimal,
    metering_point,
    positive,
    required,
    words,
)
from app.adapters.register_export.problems import ExportMissing, Problem, Problems
from app.adapters.register_export.rows import good_rows_of
from app.adapters.register_export.sheets import Sheet
from app.adapters.schedule_export import period
from app.identifiers import AccountNumbers
from app.models.period import Period

MOST_ROWS: Final = 200_000
"""Of each file in one load; more come in several directories."""
LONGEST_ACT: Final = 500
EQUIVALENTS, PRICES, SURCHARGES = (
    "reactive_equivalents.csv",
    "reactive_prices.csv",
    "reactive_surcharges.csv",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalentRow:
    row: int
    """The line of the file, to name it by."""
    account_number: str
    eic: str
    valid_from: date
    equivalent: Decimal
    act: str


@dataclass(slots=True)
class ReactiveInputsRead:
    """What the files say; a key stands once in each of them."""

    equivalents: list[EquivalentRow] = field(default_factory=list)
    prices: dict[Period, tuple[Decimal, str]] = field(default_factory=dict)
    surcharges: dict[tuple[date, Decimal], tuple[Decimal, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReactiveExport:
    """A directory with one of the three files, or with more of them."""

    directory: Path
    account_numbers: AccountNumbers

    def read(self, problems: Problems) -> ReactiveInputsRead:
        """Return what the files say; what is wrong with a row goes to the problems.

        :raises ExportMissing: there is no such directory, or none of the files is in it.
        """
        files = [
            each for each in (EQUIVALENTS, PRICES, SURCHARGES) if (self.directory / each).is_file()
        ]
        if not files:
            raise ExportMissing(self.directory, f"{EQUIVALENTS}, {PRICES}, {SURCHARGES} not found")
        found = ReactiveInputsRead()
        sheets = {
            EQUIVALENTS: _equivalents(self.account_numbers),
            PRICES: _prices(),
            SURCHARGES: _surcharges(),
        }
        for file in files:
            seen: set[tuple[Any, ...]] = set()
            rows = good_rows_of(self.directory, sheets[file], most=MOST_ROWS, problems=problems)
            for row in rows:
                key = tuple(row[name] for name in sheets[file].key)
                if key in seen:
                    problems.add(Problem(file, row["line"], sheets[file].key[0], "repeated"))
                seen.add(key)
                _take(found, file, row)
        return found


def _equivalents(account_numbers: AccountNumbers) -> Sheet:
    return Sheet(
        "reactive_equivalents",
        {
            "account_number": required(account_numbers.parse),
            "eic": required(metering_point),
            "valid_from": required(day),
            "equivalent": required(positive(decimal(12, 6))),
            "act": _act(),
        },
        key=("account_number", "eic", "valid_from"),
    )


def _prices() -> Sheet:
    return Sheet(
        "reactive_prices",
        {
            "period": required(period),
            "uah_per_kwh": required(positive(decimal(18, 6))),
            "act": _act(),
        },
        key=("period",),
    )


def _surcharges() -> Sheet:
    return Sheet(
        "reactive_surcharges",
        {
            "valid_from": required(day),
            "from_tg_phi": required(decimal(8, 4)),
            "factor": required(_factor),
            "act": _act(),
        },
        key=("valid_from", "from_tg_phi"),
    )


def _act() -> Callable[[str], Any]:
    return required(words(LONGEST_ACT))


def _factor(cell: str) -> Decimal:
    number: Decimal = decimal(8, 4)(cell)
    if number < 1:
        raise ValueRefused("number_out_of_range")
    return number


def _take(found: ReactiveInputsRead, file: str, row: dict[str, Any]) -> None:
    if file == EQUIVALENTS:
        found.equivalents.append(
            EquivalentRow(
                row=row["line"],
                account_number=row["account_number"],
                eic=row["eic"],
                valid_from=row["valid_from"],
                equivalent=row["equivalent"],
                act=row["act"],
            )
        )
    elif file == PRICES:
        found.prices[row["period"]] = row["uah_per_kwh"], row["act"]
    else:
        found.surcharges[row["valid_from"], row["from_tg_phi"]] = row["factor"], row["act"]
