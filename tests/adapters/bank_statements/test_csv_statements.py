"""CSV of iBank 2 UA and of Privat24, read by their profiles."""

from datetime import date
from pathlib import Path

import pytest

from app.adapters.bank_statements.profiles import csv_profiles
from app.adapters.bank_statements.refusals import StatementRefused
from app.adapters.bank_statements.statement_file import StatementFile
from app.models.money import Money
from app.models.payments.bank_line import BankLine, Counterparty

IBANK_HEAD = (
    "ЄДРПОУ;МФО;Рахунок;Валюта;Дата операції;Код операції;МФО банку;Назва банку;"
    "Рахунок кореспондента;ЄДРПОУ кореспондента;Кореспондент;Документ;Дата документу;Дебет;Кредит;"
    "Призначення платежу;Гривневе покриття;Ідентифікатор операції"
)
IBANK_ROW = (
    '76345670;300335;UA773003350000026001236521254;UAH;26.03.2018 09:00:00;;300335;"ПриватБанк";'
    'UA113052990000026007891234567;12345678;"ТОВ ""Клієнт""";2;02.06.2018;;2500.50;оплата товару;'
    "0.00;15581"
)
PRIVAT_HEAD = (
    "ЄДРПОУ;МФО;Рахунок;Валюта;Номер документу;Дата операції;МФО банку;Назва банку;"
    "Рахунок кореспондента;ЄДРПОУ кореспондента;Кореспондент;Сума;Призначення платежу;"
)
PRIVAT_ROW = (
    "76345670;305299;UA773003350000026001236521254;UAH;17;24.11.2026 10:00;300335;Банк;"
    "UA113052990000026007891234567;12345678;ТОВ Клієнт;{};рах. 2026-10-000123;"
)


def lines_of(path: Path, *rows: str, encoding: str = "cp1251") -> list[BankLine]:
    file = path / "statement.csv"
    file.write_bytes("\r\n".join(rows).encode(encoding) + b"\r\n")
    return list(StatementFile.open(file).lines())


def refused(path: Path, *rows: str, encoding: str = "cp1251") -> str:
    with pytest.raises(StatementRefused) as refusal:
        lines_of(path, *rows, encoding=encoding)
    return refusal.value.reason


def test_profiles_are_data_with_all_columns() -> None:
    for profile in csv_profiles().values():
        assert {"iban", "currency", "booked_on", "purpose"} <= set(profile.columns)


def test_a_row_of_ibank_is_read(tmp_path: Path) -> None:
    (line,) = lines_of(tmp_path, IBANK_HEAD, IBANK_ROW)

    assert line == BankLine(
        iban="UA773003350000026001236521254",
        bank_ref="15581",
        booked_on=date(2018, 3, 26),
        amount=Money(250050),
        other=Counterparty('ТОВ "Клієнт"', "12345678", "UA113052990000026007891234567"),
        purpose="оплата товару",
        document="2",
    )


def test_a_debit_left_the_account(tmp_path: Path) -> None:
    (line,) = lines_of(tmp_path, IBANK_HEAD, IBANK_ROW.replace(";;2500.50;", ";12.30;;"))

    assert line.amount == Money(-1230)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize(
    ("written", "kopiykas"),
    [("1 234.50", 123450), ("1\u00a0234,50", 123450), ("-7", -700), ("+0.05", 5)],
)
def test_sums_of_privat24_have_signs_and_spaces(
    tmp_path: Path, written: str, kopiykas: int, encoding: str
) -> None:
    (line,) = lines_of(tmp_path, PRIVAT_HEAD, PRIVAT_ROW.format(written), encoding=encoding)

    assert (line.amount, line.purpose) == (Money(kopiykas), "рах. 2026-10-000123")


def test_equal_rows_are_told_apart_and_named_the_same_again(tmp_path: Path) -> None:
    row = PRIVAT_ROW.format("10.00")
    refs = [line.bank_ref for line in lines_of(tmp_path, PRIVAT_HEAD, row, row)]

    assert len(set(refs)) == 2
    assert [line.bank_ref for line in lines_of(tmp_path, PRIVAT_HEAD, row)] == refs[:1]


def test_rows_in_quotes_may_hold_line_breaks_and_delimiters(tmp_path: Path) -> None:
    row = IBANK_ROW.replace("оплата товару", '"оплата;\r\nтовару ""А"""')
    (line,) = lines_of(tmp_path, IBANK_HEAD, row)

    assert line.purpose == 'оплата; товару "А"'


def test_rows_of_empty_cells_are_no_rows(tmp_path: Path) -> None:
    blank = ";" * IBANK_HEAD.count(";")

    assert len(lines_of(tmp_path, IBANK_HEAD, blank, IBANK_ROW, f" {blank}\t", "", blank)) == 1


def test_what_is_wrong_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, IBANK_HEAD) == "no_lines"
    assert refused(tmp_path, IBANK_HEAD, IBANK_ROW, encoding="utf-8") == "format_unknown"
    assert refused(tmp_path, IBANK_HEAD, "1;2;3") == "row_unreadable"
    assert refused(tmp_path, IBANK_HEAD, IBANK_ROW.replace("UAH", "USD")) == "currency_foreign"
    assert refused(tmp_path, IBANK_HEAD, IBANK_ROW.replace("2500.50", "")) == "amount_unreadable"
    both = IBANK_ROW.replace(";;2500.50;", ";1.00;2500.50;")
    assert refused(tmp_path, IBANK_HEAD, both) == "amount_unreadable"
    assert refused(tmp_path, IBANK_HEAD, IBANK_ROW.replace("26.03.2018", "26/03")) == (
        "date_unreadable"
    )
    assert refused(tmp_path, IBANK_HEAD, IBANK_ROW.replace('Банк"', 'Банк"x')) == "csv_invalid"
    assert refused(tmp_path, PRIVAT_HEAD.replace("Сума", "Sum"), PRIVAT_ROW) == "format_unknown"
    assert refused(tmp_path, IBANK_HEAD, IBANK_ROW + "x" * 70_000) == "csv_invalid"


def test_a_wrong_profile_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_bytes(f"{IBANK_HEAD}\n{IBANK_ROW}\n".encode("cp1251"))

    with pytest.raises(StatementRefused, match="columns_missing"):
        list(StatementFile.open(file, profile="privat24").lines())
    with pytest.raises(StatementRefused, match="profile_unknown"):
        StatementFile.open(file, profile="nobank")
    assert len(list(StatementFile.open(file, profile="ibank2ua").lines())) == 1


def test_many_rows_are_read_quickly(tmp_path: Path) -> None:
    rows = [IBANK_ROW.replace("15581", str(number)) for number in range(5_000)]

    assert len(lines_of(tmp_path, IBANK_HEAD, *rows)) == 5_000
