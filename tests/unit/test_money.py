from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.money import (
    AmountUnreadable,
    Currency,
    Money,
    spread,
    spread_vat,
    total,
    vat_inside,
    vat_of_line,
    vat_of_net,
)

VAT = Decimal("0.20")
amounts = st.builds(Money, st.integers(-(10**14), 10**14))
repeatably = settings(derandomize=True, database=None, deadline=None)


def uah(text: str) -> Money:
    return Money.parse(text)


@pytest.mark.parametrize(
    ("quantity", "price", "net"),
    [
        ("12480", "2.75218", "34347.21"),
        ("3137", "2.75218", "8633.59"),
        ("250000", "0.48810", "122025.00"),
        ("1", "0.005", "0.01"),
        ("-1", "0.005", "-0.01"),
        ("1", "0.0049999999999999999999999", "0.00"),
        ("999999999999999.999", "999999999999.999999", "999999999999999998000000000.00"),
    ],
)
def test_a_line_is_rounded_half_up(quantity: str, price: str, net: str) -> None:
    assert str(Money.price_of(Decimal(quantity), Decimal(price))) == net


def test_vat_is_counted_on_the_sum_of_a_document() -> None:
    nets = [uah("34347.21"), uah("8633.59"), uah("122025.00"), uah("234.10")]

    assert total(nets) == uah("165239.90")
    assert vat_of_net(total(nets), VAT) == uah("33047.98")
    assert [str(vat_of_line(each, VAT)) for each in nets] == [
        "6869.442000",
        "1726.718000",
        "24405.000000",
        "46.820000",
    ]


def test_three_lines_have_the_vat_of_their_sum_and_not_three_times_that_of_one() -> None:
    nets = [uah("10.02")] * 3

    assert vat_of_net(total(nets), VAT) == uah("6.01")
    assert spread_vat(nets, VAT) == [uah("2.01"), uah("2.00"), uah("2.00")]


def test_a_gross_sum_contains_a_sixth_of_itself() -> None:
    assert vat_inside(uah("1000.00"), VAT) == uah("166.67")


@pytest.mark.parametrize(
    ("text", "kopiykas"),
    [("0", 0), ("1234.5", 123450), ("1234.50", 123450), ("-0.01", -1), ("9" * 13, 10**15 - 100)],
)
def test_an_amount_is_read(text: str, kopiykas: int) -> None:
    assert Money.parse(text) == Money(kopiykas)


@pytest.mark.parametrize(
    "text", ["", "1,50", "1.505", "1e3", "+1", " 1", "1 000.00", ".5", "5.", "NaN", "1" * 14, "١"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountUnreadable):
        Money.parse(text)


@repeatably
@given(amounts)
def test_what_is_written_is_read_back(amount: Money) -> None:
    if abs(amount.kopiykas) < 10**15:
        assert Money.parse(str(amount)) == amount
    assert Money.rounded(amount.hryvnias) == amount
    assert amount.currency is Currency.UAH


@repeatably
@given(amounts, amounts)
def test_amounts_add_up_and_are_ordered(one: Money, other: Money) -> None:
    assert one + other - other == one
    assert -one + one == Money(0)
    assert (one < other) == (one.kopiykas < other.kopiykas)
    assert bool(one) == (one != Money(0))


@repeatably
@given(st.lists(amounts, max_size=30))
def test_the_lines_vat_adds_up_to_the_documents(nets: list[Money]) -> None:
    lines = spread_vat(nets, VAT)

    assert total(lines) == vat_of_net(total(nets), VAT)
    for net, vat in zip(nets, lines, strict=True):
        assert abs(vat.kopiykas - net.kopiykas * Fraction(1, 5)) < 1


def test_shares_of_another_amount_are_refused() -> None:
    with pytest.raises(ValueError, match="not those"):
        spread(uah("1.00"), [Fraction(1), Fraction(2)])
