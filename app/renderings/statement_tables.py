"""A statement as rows for a table: CSV for programs, XLSX for people."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from app.models.billing.shown import Statement, StatementRow
from app.models.money import Money
from app.renderings.explanations import Words, detail_of

COLUMNS: Final = (
    "posted_on",
    "kind",
    "document_type",
    "document_number",
    "debit",
    "credit",
    "balance_after",
    "detail",
)
WIDTHS: Final = (12, 14, 14, 22, 14, 14, 14, 48)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a table calculate a cell instead of showing it."""
OPENING, CLOSING, TURNOVER = "opening_balance", "closing_balance", "turnover"
Cell = str | date | Decimal | None


@dataclass(frozen=True, slots=True)
class StatementTable:
    """The rows of a statement, with its opening, its turnover and its closing."""

    statement: Statement
    words: Words

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        found, say = self.statement, self.words
        first, last = found.days.first, found.days.last
        yield _sum(first, OPENING, say, balance=found.opening)
        for row, after in zip(found.rows, found.balances(), strict=True):
            yield _row(row, after, say)
        yield _sum(last, TURNOVER, say, debit=found.debit, credit=found.credit)
        yield _sum(last, CLOSING, say, balance=found.closing)


def statement_csv(table: StatementTable) -> bytes:
    """Return RFC 4180 in UTF-8, with a mark by which spreadsheets know it; amounts have a point."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_written(cell) for cell in row] for row in table.rows())
    return text.getvalue().encode("utf-8-sig")


def statement_xlsx(table: StatementTable, *, title: str) -> bytes:
    """Return a workbook with one sheet: dates are dates, amounts are numbers, texts are texts."""
    content = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        amount = book.add_format({"num_format": "#,##0.00"})
        head = book.add_format({"bold": True, "bottom": 1})
        book.set_properties({"title": title})
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [table.words(f"statement.column.{each}") for each in COLUMNS], head)
        for number, row in enumerate(table.rows(), start=1):
            for place, cell in enumerate(row):
                _write(sheet, (number, place), cell, day=day, amount=amount)
    return content.getvalue()


def _write(sheet: Any, place: tuple[int, int], cell: Cell, *, day: Any, amount: Any) -> None:
    match cell:
        case None:
            pass
        case date():
            sheet.write_datetime(*place, cell, day)
        case Decimal():
            # A cell holds a double: it shows kopiykas exactly up to ninety trillion hryvnias.
            sheet.write_number(*place, cell, amount)
        case _:
            sheet.write_string(*place, cell)


def _row(row: StatementRow, after: Money, words: Words) -> tuple[Cell, ...]:
    return (
        row.posted_on,
        row.kind.value,
        row.document_type.value if row.document_type else None,
        row.document_number,
        row.debit.hryvnias,
        row.credit.hryvnias,
        after.hryvnias,
        detail_of(row, words),
    )


def _sum(
    on: date,
    kind: str,
    words: Words,
    *,
    debit: Money | None = None,
    credit: Money | None = None,
    balance: Money | None = None,
) -> tuple[Cell, ...]:
    amounts = (None if each is None else each.hryvnias for each in (debit, credit, balance))
    return (on, kind, None, None, *amounts, words(f"statement.{kind}"))


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case date():
            return cell.isoformat()
        case Decimal():
            return f"{cell:.2f}"
    # An apostrophe makes a spreadsheet show the cell; nothing of ours begins like this.
    return f"'{cell}" if cell.startswith(FORMULA) else cell
