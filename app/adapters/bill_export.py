"""Two CSV files with the invoices of the operator's own billing; docs/money.md tells the form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from app.adapters.register_export.columns import (
    ValueRefused,
    day,
    decimal,
    metering_point,
    one_of,
    optional,
    required,
    whole_number,
    words,
)
from app.adapters.register_export.problems import ExportMissing, Problem, Problems
from app.adapters.register_export.rows import Row, rows_of
from app.adapters.register_export.sheets import Sheet
from app.identifiers import AccountNumbers
from app.models.billing.books import ChargeClass
from app.models.billing.imported import ImportedInvoice, ImportedLine
from app.models.money import Money
from app.models.period import Period

MOST_ROWS: Final = 500_000
"""Lines of invoices in one load; more come in several directories."""
LONGEST_TEXT: Final = 500
LONGEST_UNIT: Final = 20
NUMBER: Final = re.compile(r"[!-~]{1,35}", re.ASCII)
INVOICES, LINES = "invoices.csv", "invoice_lines.csv"


class Charged(StrEnum):
    """What a line may be for; a debt is disputed later, if at all."""

    DISTRIBUTION = ChargeClass.DISTRIBUTION.value
    REACTIVE = ChargeClass.REACTIVE.value
    WORKS = ChargeClass.WORKS.value
    CONNECTION = ChargeClass.CONNECTION.value
    PENALTY = ChargeClass.PENALTY.value


@dataclass(frozen=True, slots=True)
class BillExport:
    """A directory with `invoices.csv` and `invoice_lines.csv`."""

    directory: Path
    account_numbers: AccountNumbers

    def read(self, problems: Problems) -> list[ImportedInvoice]:
        """Return the invoices with their lines; what is wrong with a row goes to the problems.

        :raises ExportMissing: there is no such directory, or a file is not in it.
        """
        for file in (INVOICES, LINES):
            if not (self.directory / file).is_file():
                raise ExportMissing(self.directory, f"{file} not found")
        # None: its row is wrong, and its lines are not orphans for that.
        invoices: dict[str, ImportedInvoice | None] = {}
        for row in self._rows(_invoices(self.account_numbers), problems):
            self._take(row, invoices, problems)
        for row in self._rows(_lines(), problems):
            number = row["invoice_number"]
            invoice = invoices.get(number)
            if number not in invoices:
                problems.add(Problem(LINES, row["line"], "invoice_number", "unknown", number))
            elif invoice is not None and not row["refused"]:
                invoice.lines.append(_line(row))
        return [each for each in invoices.values() if each is not None]

    def _take(
        self, row: Row, invoices: dict[str, ImportedInvoice | None], problems: Problems
    ) -> None:
        if row["number"] in invoices:
            problems.add(Problem(INVOICES, row["line"], "number", "repeated", row["number"]))
        else:
            invoices[row["number"]] = None if row["refused"] else _invoice(row)

    def _rows(self, sheet: Sheet, problems: Problems) -> Iterator[Row]:
        return rows_of(self.directory, sheet, most=MOST_ROWS, problems=problems)


def _invoices(account_numbers: AccountNumbers) -> Sheet:
    return Sheet(
        "invoices",
        {
            "number": required(_number),
            "account_number": required(account_numbers.parse),
            "period": optional(_period),
            "issued_on": required(day),
            "due_on": required(day),
            "net": required(decimal(15, 2)),
            "vat": required(decimal(15, 2)),
            "total": required(decimal(15, 2)),
        },
        key=("number",),
    )


def _lines() -> Sheet:
    return Sheet(
        "invoice_lines",
        {
            "invoice_number": required(_number),
            "position": required(whole_number(1, 9999)),
            "charge": required(one_of(Charged)),
            "description": required(words(LONGEST_TEXT)),
            "eic": optional(metering_point),
            "quantity": required(decimal(18, 3)),
            "unit": required(words(LONGEST_UNIT)),
            "price": required(decimal(18, 9)),
            "net": required(decimal(15, 2)),
        },
        key=("invoice_number",),
    )


def _number(cell: str) -> str:
    text = cell.strip()
    if not NUMBER.fullmatch(text):
        raise ValueRefused("number_not_ascii")
    return text


def _period(cell: str) -> Period:
    try:
        return Period.parse(cell.strip())
    except ValueError:
        raise ValueRefused("period_invalid") from None


def _invoice(row: Row) -> ImportedInvoice:
    return ImportedInvoice(
        row=row["line"],
        number=row["number"],
        account_number=row["account_number"],
        period=row["period"],
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        net=Money.rounded(row["net"]),
        vat=Money.rounded(row["vat"]),
        total=Money.rounded(row["total"]),
    )


def _line(row: Row) -> ImportedLine:
    return ImportedLine(
        row=row["line"],
        position=row["position"],
        charge=ChargeClass(row["charge"]),
        description=row["description"],
        eic=row["eic"],
        quantity=row["quantity"],
        unit=row["unit"],
        price=row["price"],
        net=Money.rounded(row["net"]),
    )
