"""PrivatBank's Autoclient and monobank for companies."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.adapters.bank_statements.refusals import StatementMissing, StatementRefused
from app.adapters.bank_statements.statement_file import StatementFile
from app.models.money import Money
from app.models.payments.bank_line import BankLine, Counterparty
from tests.adapters.bank_statements.camt_files import OPERATOR, PAYER

AUTOCLIENT: dict[str, Any] = {
    "AUT_MY_ACC": OPERATOR,
    "AUT_CNTR_NAM": 'ТОВ "Клієнт"',
    "AUT_CNTR_ACC": PAYER,
    "AUT_CNTR_CRF": "12345678",
    "CCY": "UAH",
    "FL_REAL": "r",
    "PR_PR": "r",
    "DOC_TYP": "p",
    "NUM_DOC": "17",
    "DATE_TIME_DAT_OD_TIM_P": "24.11.2026 23:59:00",
    "OSND": "рах. 2026-10-000123\u0000\n[тест]",
    "SUM": "2500.50",
    "REF": "JBKLD4000ABC",
    "REFN": "1",
    "TRANTYPE": "C",
}
MONOBANK: dict[str, Any] = {
    "id": "ZuHWzqkKGVo=",
    "time": 1795557600,
    "amount": 2500.5,
    "currencyCode": "980",
    "status": "DONE",
    "description": "рах. 2026-10-000123",
    "counterName": "ТОВ Клієнт",
    "counterIban": PAYER,
    "counterEdrpou": "12345678",
}


def lines_of(path: Path, said: Any) -> list[BankLine]:
    file = path / "statement.json"
    file.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    return list(StatementFile.open(file, iban=OPERATOR).lines())


def autoclient(*items: dict[str, Any]) -> dict[str, Any]:
    return {"status": "SUCCESS", "type": 'a "[" in a text', "transactions": list(items)}


def test_a_transaction_of_autoclient_is_read(tmp_path: Path) -> None:
    (line,) = lines_of(tmp_path, autoclient(AUTOCLIENT))

    assert line == BankLine(
        iban=OPERATOR,
        bank_ref="JBKLD4000ABC_1",
        booked_on=date(2026, 11, 24),
        amount=Money(250050),
        other=Counterparty('ТОВ "Клієнт"', "12345678", PAYER),
        purpose="рах. 2026-10-000123 [тест]",
        document="17",
    )


@pytest.mark.parametrize(
    ("changes", "amount", "is_final"),
    [
        ({"TRANTYPE": "D"}, -250050, True),
        ({"PR_PR": "t"}, 250050, False),
        ({"PR_PR": "n"}, 250050, False),
        ({"FL_REAL": "i"}, 250050, False),
        ({"DOC_TYP": "m", "AUT_CNTR_CRF": "00000000"}, 250050, True),
    ],
)
def test_only_what_is_real_and_done_is_money(
    tmp_path: Path, changes: dict[str, Any], amount: int, *, is_final: bool
) -> None:
    (line,) = lines_of(tmp_path, autoclient(AUTOCLIENT | changes))

    assert (line.amount, line.is_final) == (Money(amount), is_final)


def test_a_transaction_of_monobank_is_read_without_a_float(tmp_path: Path) -> None:
    (line,) = lines_of(tmp_path, [MONOBANK])

    assert (line.amount, line.bank_ref, line.booked_on) == (
        Money(250050),
        "ZuHWzqkKGVo=",
        date(2026, 11, 25),
    )
    assert line.other == Counterparty("ТОВ Клієнт", "12345678", PAYER)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"currencyCode": "UAH", "amount": -1}, (Money(-100), False, True)),
        ({"reverse": True}, (Money(250050), True, True)),
        ({"status": "PENDING"}, (Money(250050), False, False)),
        ({"status": "DECLINED"}, (Money(250050), False, False)),
    ],
)
def test_monobank_tells_the_way_by_the_sign(
    tmp_path: Path, changes: dict[str, Any], outcome: tuple[Money, bool, bool]
) -> None:
    (line,) = lines_of(tmp_path, {"data": [MONOBANK | changes]})

    assert (line.amount, line.is_reversal, line.is_final) == outcome


def test_many_transactions_are_read_across_the_pieces_of_a_file(tmp_path: Path) -> None:
    many = [AUTOCLIENT | {"REFN": str(number), "OSND": "ї" * 900} for number in range(500)]
    lines = lines_of(tmp_path, autoclient(*many))

    assert [line.bank_ref for line in lines] == [f"JBKLD4000ABC_{n}" for n in range(500)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (autoclient(), "format_unknown"),
        ('{"TRANTYPE": 1, "transactions": []}', "no_lines"),
        (autoclient(AUTOCLIENT | {"CCY": "EUR"}), "currency_foreign"),
        (autoclient(AUTOCLIENT | {"SUM": "2 500,505"}), "amount_unreadable"),
        (autoclient(AUTOCLIENT | {"TRANTYPE": "X"}), "direction_unreadable"),
        (autoclient(AUTOCLIENT | {"REF": ""}), "reference_missing"),
        (autoclient(AUTOCLIENT | {"AUT_MY_ACC": "UA1"}), "iban_invalid"),
        (
            autoclient(AUTOCLIENT | {"DATE_TIME_DAT_OD_TIM_P": "2026-11-24"}),
            "date_unreadable",
        ),
        ([MONOBANK | {"time": "soon"}], "date_unreadable"),
        ([MONOBANK | {"time": 10**18}], "date_unreadable"),
        ([MONOBANK | {"id": None}], "reference_missing"),
        ([MONOBANK | {"amount": 0.001}], "amount_unreadable"),
        (json.dumps([MONOBANK])[:-2], "json_invalid"),
        ('["counterEdrpou"]', "row_unreadable"),
        ('{"counterEdrpou": ' + "[" * 100_000, "json_invalid"),
        ("hello", "format_unknown"),
        ("", "format_unknown"),
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, said: Any, reason: str) -> None:
    with pytest.raises(StatementRefused) as refusal:
        lines_of(tmp_path, said)

    assert refusal.value.reason == reason


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "statement.json"
    file.write_bytes(json.dumps(autoclient(AUTOCLIENT), ensure_ascii=False).encode("cp1251"))

    with pytest.raises(StatementRefused, match="encoding_wrong"):
        list(StatementFile.open(file).lines())


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StatementMissing):
        StatementFile.open(tmp_path / "nothing.json")
    with pytest.raises(StatementMissing):
        StatementFile.open(tmp_path)
