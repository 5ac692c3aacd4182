"""Statements as tables, read back by readers that are not ours."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from app.models.billing.shown import Statement
from app.renderings.statement_tables import StatementTable, statement_csv, statement_xlsx
from app.texts import Locale, say
from tests.steps.payments.papers import statement

FORMULAS = ['=HYPERLINK("http://x";"y")', "+1", "-1", "@SUM(A1)"]


def table(found: Statement) -> StatementTable:
    return StatementTable(found, lambda key, **facts: say(key, Locale.EN, **facts))


def csv_rows(found: Statement) -> list[dict[str, str]]:
    content = statement_csv(table(found))
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def sheet(found: Statement) -> list[list[Any]]:
    content = statement_xlsx(table(found), title="Statement")
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_csv_has_every_row_and_sums_that_agree() -> None:
    rows = csv_rows(statement(12000, -2000))

    assert [row["kind"] for row in rows] == [
        "opening_balance",
        "invoice",
        "payment",
        "turnover",
        "closing_balance",
    ]
    assert [row["balance_after"] for row in rows] == ["5.00", "125.00", "105.00", "", "105.00"]
    assert (rows[3]["debit"], rows[3]["credit"]) == ("120.00", "20.00")
    assert (rows[1]["posted_on"], rows[1]["detail"]) == ("2026-10-05", "Invoice no. 2026-10-000123")
    assert statement_csv(table(statement())).startswith(b"\xef\xbb\xbfposted_on,kind,")


def test_xlsx_has_numbers_and_days() -> None:
    head, opening, invoice, payment, turnover, closing = sheet(statement(12345, -2001))

    assert head[0] == "Date"
    assert opening[6] == 5.0
    assert invoice == [
        date(2026, 10, 5),
        "invoice",
        "invoice",
        "2026-10-000123",
        123.45,
        0.0,
        128.45,
        "Invoice no. 2026-10-000123",
    ]
    assert payment[5:7] == [20.01, 108.44]
    assert turnover[4:6] == [123.45, 20.01]
    assert closing[6] == 108.44


@pytest.mark.parametrize("number", FORMULAS)
def test_no_number_of_others_becomes_a_formula(number: str) -> None:
    [_, row, *_] = csv_rows(statement(100, number=number))
    cells = sheet(statement(100, number=number))[2]

    assert row["document_number"] == f"'{number}"
    assert cells[3] == number


def test_an_amount_below_zero_is_a_number_and_not_a_formula() -> None:
    found = statement(-2000)

    assert csv_rows(found)[1]["balance_after"] == "-15.00"
    assert sheet(found)[2][6] == -15.0


def test_the_largest_amounts_keep_their_kopiykas() -> None:
    found = statement(9_999_999_999_999_99)

    assert csv_rows(found)[1]["debit"] == "9999999999999.99"
    assert sheet(found)[2][4] == 9999999999999.99
