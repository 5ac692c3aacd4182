"""The National Bank's payment code, by its rules and by codes that others have made."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import KYIV
from app.models.billing.nbu_qr.amounts import read_amount, written_amount
from app.models.billing.nbu_qr.banks import bank_links
from app.models.billing.nbu_qr.characters import FieldRefused, bank_text
from app.models.billing.nbu_qr.code import Function, Lock, NbuCode
from app.models.billing.nbu_qr.reading import read
from app.models.billing.nbu_qr.writing import (
    LONGEST_CONTENT,
    LONGEST_PAYLOAD,
    PREFIX,
    address,
    payload,
    shortened,
)

SHOP = (
    "QkNECjAwMwoyCklDVAoK0s7CIKvUyiCExcLOk7sKVUE2NzMwMDUyODAwMDAwMjY1MDA1MDQzNTQwNzcKVUFIMTUwCjM3"
    "MTkzMDcxCk9USFIvR0REUwoxMjI1MTAyNTc2Cj9NZXJjaGFudEJ1c2luZXNzTmFtZT0iUk9aRVRLQS5VQSIsIM_u6vPv"
    "6uAg8u7i4PCz4iwg5-Ds7uLr5e3t_yC5ODIxNTU4OTY1Lgo_PEluc3RyRm9yQ2R0ckFndD48SW5zdHJJbmY-TWVyY2hJ"
    "RDowMTIzNC1UZXJtSWQ6NDMyMTA8L0luc3RySW5mPjwvSW5zdHJGb3JDZHRyQWd0PgpGRkZGCjI1MDMyMTEyMDAwMAoy"
    "NTAxMjkxMjAwMDAK"
)
"""The rules' example 4, an online shop, without its signature."""
OURS = (
    "QkNECjAwMwoyClhDVAoKz_DA0iAixNLFyiDKyK_C0dzKsiDFy8XK0tDOzMXQxcayIgpVQTkwNjU0MzIxMDAwMDAwMDI2"
    "MDMyMzAxMjAyNApVQUgzMjQwLjA1CjQxOTQ2MDExClNVUFAvU1VQUAoyMDI2LTEwLTAwMDEyMwruL_AgMTIzNDU2Nzg5"
    "MCwg8OD1LiAyMDI2LTEwLTAwMDEyMyDis-QgMzEuMTAuMjAyNiwg8O7n7-7ks-sg5S_lIOfgIDEwLjIwMjYsIPMg8i73"
    "LiDPxMIgNTQwLjAxIOPw7QoKRkZGRgoKCg"
)
UTILITY = NbuCode(
    recipient='ПрАТ "ДТЕК КИЇВСЬКІ ЕЛЕКТРОМЕРЕЖІ"',
    iban="UA906543210000000260323012024",
    tax_id="41946011",
    amount=324005,
    reference="2026-10-000123",
    purpose="о/р 1234567890, рах. 2026-10-000123 від 31.10.2026, розподіл е/е за 10.2026, "
    "у т.ч. ПДВ 540.01 грн",
    function=Function.EITHER,
    lock=Lock.ALL,
)
CASES = settings(max_examples=300, deadline=None, derandomize=True)
letters = st.characters(codec="cp1251", exclude_categories=["Cc"], exclude_characters="\xa0")


def test_a_code_is_what_the_rules_say_to_the_byte() -> None:
    assert payload(UTILITY) == OURS
    assert len(OURS) == 310
    assert len(urlsafe_b64decode(OURS + "==")) == 232


def test_the_official_example_of_a_shop_is_read_and_written_again() -> None:
    code = read(PREFIX + SHOP)

    assert code.recipient == "ТОВ «ФК „ЕВО“»"
    assert (code.function, code.amount, code.tax_id) == (Function.INSTANT, 15000, "37193071")
    assert code.valid_until == datetime(2025, 3, 21, 12, tzinfo=KYIV)
    assert code.created_at == datetime(2025, 1, 29, 12, tzinfo=KYIV)
    assert payload(code) == SHOP
    assert len(SHOP) == 384


def test_the_official_example_of_a_utility_may_change_only_the_amount() -> None:
    code = replace(
        UTILITY,
        iban="UA201234560000000260323012042",
        tax_id="40121452",
        amount=299839,
        reference="AA15678-679",
        function=Function.CREDIT,
        lock=Lock.BUT_AMOUNT,
    )
    lines = urlsafe_b64decode(payload(code) + "===").decode("cp1251").split("\n")

    assert len(lines) == 17
    assert lines[:5] == ["BCD", "003", "2", "UCT", ""]
    assert lines[6:11] == [
        "UA201234560000000260323012042",
        "UAH2998.39",
        "40121452",
        "SUPP/SUPP",
        "AA15678-679",
    ]
    assert lines[13:] == ["FEFF", "", "", ""]


@pytest.mark.parametrize(
    ("kopiykas", "written"),
    [
        (None, ""),
        (300, "UAH3"),
        (123450, "UAH1234.50"),
        (10050, "UAH100.50"),
        (5, "UAH0.05"),
        (99_999_999_999, "UAH999999999.99"),
    ],
)
def test_sums_have_two_kopiykas_or_none(kopiykas: int | None, written: str) -> None:
    assert written_amount(kopiykas) == written
    assert read_amount(written) == kopiykas


@pytest.mark.parametrize("kopiykas", [0, -1, 100_000_000_000])
def test_sums_that_no_code_holds_are_refused(kopiykas: int) -> None:
    with pytest.raises(FieldRefused, match="amount"):
        replace(UTILITY, amount=kopiykas)


@pytest.mark.parametrize(("written", "kopiykas"), [("UAH", None), ("UAH0", None), ("UAH7.5", 750)])
def test_sums_of_other_generators_are_read(written: str, kopiykas: int | None) -> None:
    assert read_amount(written) == kopiykas


@pytest.mark.parametrize("written", ["USD5", "UAH-5", "UAH1.", "UAH1 000", "UAH٣", "5", "UAH1.234"])
def test_what_is_no_sum_is_refused(written: str) -> None:
    with pytest.raises(FieldRefused, match="amount"):
        read_amount(written)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", ""),
        ("recipient", " "),
        ("recipient", "я" * 141),
        ("recipient", "two\nlines"),
        ("purpose", "a\tb"),
        ("purpose", "сонце ☀"),
        ("purpose", "a\u00a0b"),
        ("purpose", "a\x7fb"),
        ("purpose", ""),
        ("purpose", "я" * 421),
        ("display", "\r"),
        ("iban", "UA906543210000000260323012025"),
        ("iban", "UA90 6543 2100 0000 0260 3230 1202 4"),
        ("iban", "DE89370400440532013000"),
        ("tax_id", "1234567"),
        ("tax_id", "٣٣٣٣٣٣٣٣"),
        ("category", ""),
        ("category", "supp/supp"),
        ("reference", "рах-1"),
        ("reference", "1" * 36),
    ],
)
def test_a_field_that_banks_would_not_read_is_refused(field: str, value: str) -> None:
    wrong: dict[str, Any] = {field: value}

    with pytest.raises(FieldRefused) as refused:
        replace(UTILITY, **wrong)

    assert refused.value.field == field


def test_print_characters_become_those_of_banks() -> None:
    assert bank_text("1\u00a0234\u202f567 об\u02bcєкт") == "1 234 567 об\u2019єкт"
    replace(UTILITY, purpose=bank_text("об\u02bcєкт"))


def test_moments_are_written_in_kyiv_time_with_leading_zeros() -> None:
    until = datetime(2026, 11, 5, 21, 59, 59, tzinfo=KYIV)
    lines = urlsafe_b64decode(payload(replace(UTILITY, valid_until=until)) + "==").split(b"\n")

    assert lines[14] == b"261105215959"


def test_the_longest_content_fits_and_one_byte_more_does_not() -> None:
    room = LONGEST_CONTENT - (232 - len(UTILITY.purpose))
    fits = replace(UTILITY, purpose="ї" * room)

    assert len(payload(fits)) == LONGEST_PAYLOAD
    assert len(address(fits)) == 498
    with pytest.raises(FieldRefused, match="purpose"):
        payload(replace(UTILITY, purpose="ї" * (room + 1)))


def test_a_long_purpose_is_cut_between_words_and_keeps_its_beginning() -> None:
    long = replace(UTILITY, purpose=UTILITY.purpose + ", послуги" * 30)
    cut = shortened(long)

    assert cut.purpose.startswith(UTILITY.purpose)
    assert cut.purpose.endswith("послуги...")
    assert len(payload(cut)) <= LONGEST_PAYLOAD
    assert shortened(UTILITY) is UTILITY


def test_fields_that_leave_no_room_for_a_purpose_are_refused() -> None:
    with pytest.raises(FieldRefused, match="purpose"):
        shortened(replace(UTILITY, recipient="я" * 140, display="ю" * 140, purpose="оплата"))


@CASES
@given(
    recipient=st.text(letters, min_size=1, max_size=140).filter(str.strip),
    purpose=st.text(letters, min_size=1, max_size=420).filter(str.strip),
    amount=st.none() | st.integers(1, 99_999_999_999),
)
def test_what_is_written_is_read_back(recipient: str, purpose: str, amount: int | None) -> None:
    code = replace(UTILITY, recipient=recipient, purpose=purpose, amount=amount)
    cut = shortened(code)

    assert read(address(cut)) == cut
    assert len(payload(cut)) <= LONGEST_PAYLOAD
    assert cut.purpose == purpose or purpose.startswith(cut.purpose.removesuffix("..."))


def content_002(*, amount: str = "UAH10", trailing: int = 0) -> str:
    fields = ["BCD", "002", "1", "UCT", "", "КП Вода", "UA201234560000000260323012042", amount]
    fields += ["40121452", "", "", "за воду", ""]
    text = "\n".join(fields) + "\n" * trailing
    return "https://bank.gov.ua/qr/" + urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("trailing", [0, 1, 2])
@pytest.mark.parametrize(("amount", "kopiykas"), [("UAH10", 1000), ("UAH", None), ("UAH0", None)])
def test_codes_of_format_002_are_read(trailing: int, amount: str, kopiykas: int | None) -> None:
    code = read(content_002(amount=amount, trailing=trailing))

    assert (code.recipient, code.purpose, code.amount) == ("КП Вода", "за воду", kopiykas)
    assert code.lock is None


def tampered(place: int, value: bytes) -> str:
    lines = urlsafe_b64decode(OURS + "==").split(b"\n")
    lines[place] = value
    return PREFIX + urlsafe_b64encode(b"\n".join(lines)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com/" + OURS,
        "https://bank.gov.ua/qr/" + OURS,
        PREFIX,
        PREFIX + "!!!!",
        PREFIX + "QkNEQ",
        PREFIX + OURS + "A" * 2048,
        content_002(trailing=3),
        tampered(2, b"3"),
        tampered(2, b"1"),
        tampered(3, b"ABC"),
        tampered(13, b"FFF"),
        tampered(14, b"2611052"),
        tampered(14, b"269905215959"),
        tampered(16, b"\n"),
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(FieldRefused):
        read(text)


def test_bank_buttons_carry_the_payload() -> None:
    assert bank_links("abc") == {
        "privat24": "https://www.privat24.ua/rd/send_qr/nbu/abc",
        "monobank": "https://mbnk.app/qr/abc",
    }
