"""Two CSV files with what paying late is charged by; docs/money.md tells the form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from app.adapters.register_export.columns import (
    day,
    decimal,
    optional,
    positive,
    required,
    words,
)
from app.adapters.register_export.problems import ExportMissing, Problem, Problems
from app.adapters.register_export.rows import Row, good_rows_of
from app.adapters.register_export.sheets import Sheet
from app.models.billing.penalty import Moratorium

MOST_ROWS: Final = 10_000
LONGEST_ACT: Final = 500
RATES, MORATORIA = "discount_rates.csv", "penalty_moratoria.csv"
SHEETS: Final = {
    RATES: Sheet(
        "discount_rates",
        {
            "valid_from": required(day),
            "percent": required(positive(decimal(6, 3))),
            "act": required(words(LONGEST_ACT)),
        },
        key=("valid_from",),
    ),
    MORATORIA: Sheet(
        "penalty_moratoria",
        {
            "first": required(day),
            "last": optional(day),
            "act": required(words(LONGEST_ACT)),
        },
        key=("first",),
    ),
}


@dataclass(frozen=True, slots=True)
class PenaltyExport:
    """A directory with one of the two files, or with both."""

    directory: Path

    def read(self, problems: Problems) -> tuple[dict[date, tuple[Decimal, str]], list[Moratorium]]:
        """Return the rates by their first days, and the moratoria.

        :raises ExportMissing: there is no such directory, or no file is in it.
        """
        files = [each for each in SHEETS if (self.directory / each).is_file()]
        if not files:
            raise ExportMissing(self.directory, f"{RATES} and {MORATORIA} not found")
        return (
            self._rates(problems) if RATES in files else {},
            self._moratoria(problems) if MORATORIA in files else [],
        )

    def _rates(self, problems: Problems) -> dict[date, tuple[Decimal, str]]:
        rates: dict[date, tuple[Decimal, str]] = {}
        for row in self._rows(RATES, problems):
            if row["valid_from"] in rates:
                problems.add(Problem(RATES, row["line"], "valid_from", "repeated"))
            rates[row["valid_from"]] = row["percent"], row["act"]
        return rates

    def _moratoria(self, problems: Problems) -> list[Moratorium]:
        moratoria: dict[date, Moratorium] = {}
        for row in self._rows(MORATORIA, problems):
            first, last = row["first"], row["last"]
            if first in moratoria:
                problems.add(Problem(MORATORIA, row["line"], "first", "repeated"))
            if last is not None and last < first:
                problems.add(Problem(MORATORIA, row["line"], "last", "before_first"))
            moratoria[first] = Moratorium(first, last, row["act"])
        return list(moratoria.values())

    def _rows(self, file: str, problems: Problems) -> Iterator[Row]:
        return good_rows_of(self.directory, SHEETS[file], most=MOST_ROWS, problems=problems)
