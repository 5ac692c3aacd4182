"""camt.053, with the traps that other readers have fallen into."""

import tracemalloc
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from app.adapters.bank_statements import camt
from app.adapters.bank_statements.refusals import StatementRefused
from app.adapters.bank_statements.statement_file import StatementFile
from app.models.money import Money
from app.models.payments.bank_line import BankLine, Counterparty
from tests.adapters.bank_statements.camt_files import (
    OPERATOR,
    PAYER,
    balance,
    document,
    entry,
    long_document,
    payment,
    statement,
)


def read(content: bytes) -> list[BankLine]:
    return list(camt.read(BytesIO(content)))


def refused(content: bytes) -> str:
    with pytest.raises(StatementRefused) as refusal:
        read(content)
    return refusal.value.reason


def test_a_payment_is_read_whole() -> None:
    (line,) = read(document(statement(entry("100.00", payment("100.00", reference="INV-7")))))

    assert line == BankLine(
        iban=OPERATOR,
        bank_ref="REF1",
        booked_on=date(2026, 11, 24),
        amount=Money(10000),
        other=Counterparty("ТОВ Клієнт", "12345678", PAYER),
        purpose="о/р 1234567890, рах. 2026-10-000123",
        reference="INV-7",
    )


def test_an_entry_of_several_payments_gives_their_amounts_and_not_its_own() -> None:
    lines = read(document(statement(entry("100.00", payment("60.00"), payment("40.00")))))

    assert [(line.bank_ref, line.amount) for line in lines] == [
        ("REF1/1", Money(6000)),
        ("REF1/2", Money(4000)),
    ]


def test_payments_that_do_not_add_up_to_their_entry_are_refused() -> None:
    several = entry("100.00", payment("60.00"), payment("39.99"))

    assert refused(document(statement(several))) == "entry_totals_differ"


def test_an_entry_whose_payments_have_no_amounts_is_one_line_without_a_guess() -> None:
    more = "<AddtlNtryInf>зведене зарахування</AddtlNtryInf>"
    (line,) = read(document(statement(entry("100.00", payment(None), payment(None), more=more))))

    assert (line.amount, line.other, line.purpose) == (
        Money(10000),
        Counterparty(),
        "зведене зарахування",
    )


@pytest.mark.parametrize(
    ("payments", "purposes"),
    [
        ([payment(purpose="<Ustrd> </Ustrd>")], ["інше"]),
        ([payment(purpose="<Ustrd>своє</Ustrd>")], ["своє"]),
        ([payment("60.00", purpose=""), payment("40.00", purpose="")], ["", ""]),
    ],
)
def test_additional_information_stands_in_for_one_payment_only(
    payments: list[str], purposes: list[str]
) -> None:
    more = "<AddtlNtryInf>інше</AddtlNtryInf>"
    lines = read(document(statement(entry("100.00", *payments, more=more))))

    assert [line.purpose for line in lines] == purposes


def test_money_that_left_is_negative_and_a_reversal_says_so() -> None:
    back = entry("30.00", way="DBIT", bank_ref="REF2", more="<RvslInd>true</RvslInd>")
    lines = read(document(statement(entry(), back, closing="1070.00")))

    assert [(line.amount, line.is_reversal) for line in lines] == [
        (Money(10000), False),
        (Money(-3000), True),
    ]


def test_what_is_not_booked_is_told_and_not_counted() -> None:
    pending = entry("5.00", status="<Sts>PDNG</Sts>", bank_ref="REF2")
    lines = read(document(statement(entry(), pending)))

    assert [line.is_final for line in lines] == [True, False]


def test_two_equal_payments_that_the_bank_does_not_name_are_two() -> None:
    twice = document(statement(entry(bank_ref=""), entry(bank_ref=""), closing="1200.00"))
    first, second = read(twice)

    assert first.bank_ref != second.bank_ref
    assert [line.bank_ref for line in read(twice)] == [first.bank_ref, second.bank_ref]


def test_a_file_may_hold_several_statements_each_with_its_totals() -> None:
    good, wrong = statement(entry()), statement(entry(), closing="1100.01")

    assert len(read(document(good, good))) == 2
    assert refused(document(good, wrong)) == "totals_differ"


def test_the_opening_balance_may_be_the_closing_one_of_the_day_before() -> None:
    content = document(statement(entry())).replace(b"OPBD", b"PRCD")

    assert len(read(content)) == 1


def test_an_overdrawn_account_adds_up_too() -> None:
    content = document(statement(entry(), opening="-40.00", closing="60.00"))
    signed = content.replace(
        balance("OPBD", "-40.00").encode(), balance("OPBD", "40.00", way="DBIT").encode()
    )

    assert len(read(signed)) == 1


BOMB = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (document(statement(entry(), closing="1100.01")), "totals_differ"),
        (document(statement(entry())).replace(b"CLBD", b"CLAV"), "balances_missing"),
        (document(statement(entry()), head=BOMB), "dtd_refused"),
        (document(statement(entry()), head=FILE), "dtd_refused"),
        (document(statement(entry()), root="BkToCstmrAcctRpt"), "not_camt_053"),
        (document(statement(entry()), root="BkToCstmrDbtCdtNtfctn"), "not_camt_053"),
        (document(statement(entry(currency="EUR"))), "currency_foreign"),
        (document(statement(entry("1e2"))), "amount_unreadable"),
        (document(statement(entry("100.005"))), "amount_unreadable"),
        (document(statement(entry(way="BOTH"))), "direction_unreadable"),
        (document(statement(entry())).replace(b"2026-11-24", b"24.11.26"), "date_unreadable"),
        (document(statement(entry())).replace(OPERATOR.encode(), b"UA00"), "iban_invalid"),
        (document(statement(entry()))[:-20], "xml_invalid"),
        (b"<html></html>", "not_camt_053"),
        (b"", "xml_invalid"),
        (document(statement(entry())).replace(b"UTF-8", b"UTF-7"), "encoding_wrong"),
        (document(statement(entry(more="<a>" * 60 + "</a>" * 60))), "xml_too_deep"),
        (document(statement(entry(more=f"<a>{'x' * 20_001}</a>"))), "text_too_long"),
    ],
)
def test_a_file_that_is_wrong_is_refused(content: bytes, reason: str) -> None:
    assert refused(content) == reason


def test_a_statement_without_entries_is_refused_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.xml"
    path.write_bytes(document(statement(closing="1000.00")))

    with pytest.raises(StatementRefused, match="no_lines"):
        list(StatementFile.open(path).lines())


def test_many_payments_are_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.writelines(long_document(6_000))
    tracemalloc.start()
    lines = StatementFile.open(path).lines()
    for _ in range(2_000):
        next(lines)
    _, early = tracemalloc.get_traced_memory()
    for _ in range(4_000):
        next(lines)
    _, late = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert next(lines, None) is None
    assert late < early * 1.5
