"""Identifiers as people type them."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.identifiers import (
    AccountNumberMalformed,
    AccountNumbers,
    EicInvalid,
    PhoneInvalid,
    TaxIdInvalid,
    mask_phone,
    parse_eic,
    parse_phone,
    parse_tax_id,
)
from app.models.identity.activation_code import plain
from app.schemas.codes import Code

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
        "\u202a+380671234567\u202c",  # copied from the contacts of a phone
        "\u200e+38\u00a0(067)\u00a0123\u201145\u201167",
        "067\u2013123\u201345\u201367",
        "067\u2212123\u221245\u221267",
        "067\u2009123\u200945\u200967",
        "067\u200b123\u200b45\ufeff67",
        "067\u00ad123\u00ad45\u00ad67",
        "\uff10\uff16\uff17 \uff11\uff12\uff13 \uff14\uff15 \uff16\uff17",
        "\uff0b380671234567",
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
        with pytest.raises(AccountNumberMalformed):
            numbers.parse(typed)


@repeatably
@given(st.text() | st.text("0123456789+-() .", max_size=30))
def test_whatever_is_typed_is_parsed_or_refused(typed: str) -> None:
    for parse in (parse_phone, parse_tax_id, parse_eic, AccountNumbers(r"\d{4,12}").parse):
        try:
            kept = parse(typed)
        except (PhoneInvalid, TaxIdInvalid, EicInvalid, AccountNumberMalformed):
            continue
        assert parse(kept) == kept


@pytest.mark.parametrize(
    ("parse", "typed", "kept"),
    [
        (parse_tax_id, "3406\u00a07885", "34067885"),
        (parse_tax_id, "\u200e34067885", "34067885"),
        (parse_tax_id, "34\u201306\u201378\u201385", "34067885"),
        (AccountNumbers(r"\d{4,12}").parse, "1000\u00a0000\u200b748", "1000000748"),
        (AccountNumbers(r"\d{4,12}").parse, "1000-000-748", "1000000748"),
        (AccountNumbers(r"\d{4}-\d{4}").parse, "1000\u20110748", "1000-0748"),
        (AccountNumbers(r"\d{4,12}").parse, "\uff11\uff10\uff10\uff10", "1000"),
        (parse_eic, "\u200e62z7 0564\u00a01880 2433", "62Z7056418802433"),
    ],
)
def test_what_is_pasted_is_read_as_it_looks(
    parse: Callable[[str], str], typed: str, kept: str
) -> None:
    assert parse(typed) == kept


@pytest.mark.parametrize("typed", ["123 456", "123-456", "\u200e123\u00a0456", "123\u2013456"])
def test_a_code_may_be_pasted_in_groups(typed: str) -> None:
    assert TypeAdapter(Code).validate_python(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345x", "1" * 10_000, 123456])
def test_what_is_no_code_stays_none(typed: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Code).validate_python(typed)


def test_an_activation_code_may_be_pasted_too() -> None:
    assert plain("\u200e4ac7d\u2013km9xq") == "4AC7DKM9XQ"
