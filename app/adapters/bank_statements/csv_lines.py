"""A statement as CSV, read by a bank's profile."""

import csv
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from typing import BinaryIO, Final

from app.adapters.bank_statements import values
from app.adapters.bank_statements.profiles import CsvProfile
from app.adapters.bank_statements.refusals import StatementRefused
from app.adapters.bank_statements.values import Occurrences
from app.models.money import Money
from app.models.payments.bank_line import BankLine, Counterparty

LONGEST_LINE: Final = 64 * 1024
Row = Mapping[str, str]


def read(file: BinaryIO, profile: CsvProfile) -> Iterator[BankLine]:
    """Yield the lines of a statement.

    :raises StatementRefused: another encoding or heading, or a row that cannot be read.
    """
    occurrences = Occurrences()
    for number, row in _rows(file, profile):
        yield _line(number, row, profile, occurrences)


def heading(head: bytes, profile: CsvProfile) -> tuple[list[str], str] | None:
    """Return the columns in the first line, and in which of the profile's encodings it is."""
    for encoding in profile.encodings:
        try:
            text = head.decode(encoding)
        except UnicodeDecodeError:
            continue
        names = [each.strip().strip('"') for each in text.split(profile.delimiter)]
        if set(profile.columns.values()) <= set(names):
            return names, encoding
    return None


def _rows(file: BinaryIO, profile: CsvProfile) -> Iterator[tuple[int, Row]]:
    names, encoding = _begun(file, profile)
    wrapped = TextIOWrapper(file, encoding, newline="")
    rows = csv.reader(_bounded(wrapped), delimiter=profile.delimiter, strict=True)
    try:
        for number, cells in enumerate(rows, 2):
            # A spreadsheet ends a file with rows of empty cells where it was formatted.
            if not any(map(str.strip, cells)):
                continue
            if len(cells) < len(names) - 1 or len(cells) > len(names) + 1:
                raise StatementRefused("row_unreadable", line=number)
            yield number, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        detail = str(error)[:60]
        raise StatementRefused("csv_invalid", line=rows.line_num + 1, detail=detail) from None
    except UnicodeDecodeError:
        raise StatementRefused("encoding_wrong", line=rows.line_num + 1, detail=encoding) from None
    finally:
        wrapped.detach()


def _begun(file: BinaryIO, profile: CsvProfile) -> tuple[list[str], str]:
    begun = heading(file.readline(LONGEST_LINE).rstrip(b"\r\n"), profile)
    if begun is None:
        raise StatementRefused("columns_missing", line=1, detail=profile.name)
    return begun


def _bounded(lines: TextIOWrapper) -> Iterator[str]:
    while line := lines.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise csv.Error("a line is too long")
        yield line.replace("\x00", "")


def _line(number: int, row: Row, profile: CsvProfile, occurrences: Occurrences) -> BankLine:
    def said(what: str) -> str:
        return row.get(profile.columns.get(what, ""), "") or ""

    values.require_hryvnia(said("currency"), line=number)
    iban = values.own_iban(said("iban"), line=number)
    booked_on = values.day(said("booked_on"), profile.dates, line=number)
    amount = _amount(number, said("amount"), said("debit"), said("credit"))
    other = Counterparty(
        name=values.name(said("other_name")),
        tax_id=values.tax_id(said("other_tax_id")),
        iban=values.other_iban(said("other_iban")),
    )
    purpose, document = values.text(said("purpose")), values.text(said("document"), longest=140)
    return BankLine(
        iban=iban,
        bank_ref=values.text(said("bank_ref"), longest=140)
        or occurrences.name(iban, said("booked_on"), amount, other, purpose, document),
        booked_on=booked_on,
        amount=amount,
        other=other,
        purpose=purpose,
        document=document,
    )


def _amount(number: int, amount: str, debit: str, credit: str) -> Money:
    """Return what came in or, negative, what went out: one of the columns has to say it."""
    if amount.strip():
        return values.money(amount, line=number)
    went, came = (
        values.money(each, line=number) if each.strip() else Money(0) for each in (debit, credit)
    )
    if bool(went) is bool(came) or min(went, came) < Money(0):
        raise StatementRefused("amount_unreadable", line=number, detail=f"{debit} {credit}"[:40])
    return came or -went
