"""Identifiers as people type them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.identifiers import (
    AccountNumberInvalid,
    AccountNumbers,
    EicInvalid,
    PhoneInvalid,
    TaxIdInvalid,
    mask_phone,
    parse_eic,
    parse_phone,
    parse_tax_id,
)

repeatably = settings(derandomize=True, database=None, deadline=None)
PHONE = "+380671234567"


@pytest.mark.parametrize(
    "typed",
    [
        "067 123 45 67",
        "0671234567",
        "380671234567",
        "+380671234567",
        "+38 (067) 123-45-67",
        "80671234567",
        "8 (067) 123-45-67",
        " 067.123.45.67 ",
        "067\u00a0123\u00a045\u00a067",
    ],
)
def test_a_phone_is_known_in_any_usual_spelling(typed: str) -> None:
    assert parse_phone(typed) == PHONE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "067",
        "0671234",
        "067123456789",
        "0441234567",  # a landline in Kyiv
        "0800123456",  # free of charge
        "+48501234567",
        "+79161234567",
        "0011234567",
        "067 123 45 6a",
        "٠٦٧١٢٣٤٥٦٧",
        "+-(.)-(.)-",
        "----------",
        "0671234567\0",
    ],
)
def test_what_is_no_ukrainian_mobile_is_refused(typed: str) -> None:
    with pytest.raises(PhoneInvalid):
        parse_phone(typed)


def test_a_masked_phone_tells_whose_it_is_and_not_the_number() -> None:
    assert mask_phone(PHONE) == "+380 67 *** ** 67"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("32855961", "32855961"),
        (" 3285 5961 ", "32855961"),
        ("3285-5961", "32855961"),
        ("1759013776", "1759013776"),
    ],
)
def test_a_tax_id_keeps_its_digits(typed: str, code: str) -> None:
    assert parse_tax_id(typed) == code


@pytest.mark.parametrize(
    "typed",
    ["", "0", "32855960", "1759013777", "00000000", "0000000000", "3285596a", "٣٢٨٥٥٩٦١", "328559"],
)
def test_a_tax_id_with_a_wrong_check_digit_or_form_is_refused(typed: str) -> None:
    with pytest.raises(TaxIdInvalid):
        parse_tax_id(typed)


def test_an_eic_is_of_a_metering_point_and_upper_case() -> None:
    assert parse_eic(" 62z7056418802433 ") == "62Z7056418802433"


@pytest.mark.parametrize("typed", ["", "62Z7056418802434", "62Z705641880243", "10X1001A1001A450"])
def test_what_is_no_eic_of_a_metering_point_is_refused(typed: str) -> None:
    with pytest.raises(EicInvalid):
        parse_eic(typed)


def test_an_account_number_is_of_the_operators_form() -> None:
    numbers = AccountNumbers(r"\d{4,12}")

    assert numbers.parse("00 1000 0748") == "0010000748"
    for typed in ("", "123", "1" * 13, "12a4", "١٢٣٤", "1234\0"):
        with pytest.raises(AccountNumberInvalid):
            numbers.parse(typed)


@repeatably
@given(st.text() | st.text("0123456789+-() .", max_size=30))
def test_whatever_is_typed_is_parsed_or_refused(typed: str) -> None:
    for parse in (parse_phone, parse_tax_id, parse_eic, AccountNumbers(r"\d{4,12}").parse):
        try:
            kept = parse(typed)
        except (PhoneInvalid, TaxIdInvalid, EicInvalid, AccountNumberInvalid):
            continue
        assert parse(kept) == kept
