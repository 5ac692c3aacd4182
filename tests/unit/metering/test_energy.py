"""The rule of energy, case by case; each case names what a register can do to its months."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from app.models.metering.energy.months import MonthEnergy, billed, month_of, monthly
from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.energy.spans import Unknown, counted

SIX_DIGITS = Scale(date.min, 6, Decimal(40))


def read(day: str, value: str, *, is_actual: bool = True) -> Mark:
    return Mark(date.fromisoformat(day), Decimal(value), is_actual)


def estimated(day: str, value: str) -> Mark:
    return read(day, value, is_actual=False)


def life(
    *marks: Mark,
    scales: tuple[Scale, ...] = (SIX_DIGITS,),
    runs_from: date | None = None,
    runs_until: date | None = None,
) -> RegisterLife:
    return RegisterLife(marks=marks, scales=scales, runs_from=runs_from, runs_until=runs_until)


def steady(months: int, *, a_month: int = 100, first: int = 1000) -> list[Mark]:
    """Values of the firsts of months from May 2025 on."""
    days = [date(2025 + (month + 4) // 12, (month + 4) % 12 + 1, 1) for month in range(months)]
    return [Mark(day, Decimal(first + a_month * n), is_actual=True) for n, day in enumerate(days)]


def shown(found: dict[int, MonthEnergy]) -> dict[str, tuple[str | None, bool, bool]]:
    """Return energy, is_estimated and is_complete by period."""
    return {
        f"{month // 12}-{month % 12 + 1:02}": (
            None if each.energy is None else f"{each.energy:.3f}",
            each.is_estimated,
            each.is_complete,
        )
        for month, each in found.items()
    }


def test_a_month_is_the_difference_of_its_ends_times_the_multiplier() -> None:
    found = monthly(life(read("2026-09-01", "100.5"), read("2026-10-01", "150.5")))

    assert shown(found) == {"2026-09": ("2000.000", False, True)}


def test_months_nobody_read_share_the_energy_by_their_days() -> None:
    found = monthly(
        life(
            read("2026-01-01", "5000"),
            read("2026-04-01", "5030"),
            scales=(Scale(date.min, 6, Decimal(1)),),
        )
    )

    assert shown(found) == {
        "2026-01": ("10.333", True, True),
        "2026-02": ("9.333", True, True),
        "2026-03": ("10.334", True, True),
    }


def test_an_estimate_gives_way_to_a_lower_value_that_was_read() -> None:
    with_estimate = life(
        read("2026-03-01", "1700"), estimated("2026-04-01", "1820"), read("2026-05-01", "1800")
    )
    without = life(read("2026-03-01", "1700"), read("2026-05-01", "1800"))

    assert monthly(with_estimate) == monthly(without)
    assert shown(monthly(without)) == {
        "2026-03": ("2032.786", True, True),
        "2026-04": ("1967.214", True, True),
    }


def test_a_last_estimate_counts_until_somebody_reads() -> None:
    found = monthly(
        life(read("2026-09-01", "10"), read("2026-10-01", "20"), estimated("2026-11-01", "35"))
    )

    assert shown(found) == {"2026-09": ("400.000", False, True), "2026-10": ("600.000", True, True)}


def test_a_register_passes_zero_from_its_last_tenth_to_its_first() -> None:
    found = monthly(life(read("2026-09-01", "999990"), read("2026-10-01", "10")))

    assert shown(found) == {"2026-09": ("800.000", False, True)}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("899999", "10"), ("999990", "100000"), ("1820", "1800")],
)
def test_any_other_fall_leaves_the_month_unknown_and_says_why(earlier: str, later: str) -> None:
    found = monthly(life(read("2026-09-01", earlier), read("2026-10-01", later)))

    assert shown(found) == {"2026-09": (None, False, False)}
    assert found[month_of(date(2026, 9, 1))].unknown is Unknown.REGISTER_FELL


def test_a_fall_that_means_a_usual_energy_is_passing_zero() -> None:
    one_digit_left = (Scale(date.min, 4, Decimal(1)),)
    marks = steady(5, a_month=2000, first=500)
    fallen = read("2025-10-01", "500")

    assert marks[-1].value == Decimal(8500)
    assert monthly(life(*marks, fallen, scales=one_digit_left))[
        month_of(date(2025, 9, 1))
    ].energy == Decimal(2000)


def test_an_estimate_does_not_make_a_register_pass_zero() -> None:
    found = monthly(life(read("2026-09-01", "999990"), estimated("2026-10-01", "90000")))

    assert shown(found)["2026-09"] == (None, True, False)


def test_the_value_after_a_fall_is_a_new_beginning() -> None:
    found = monthly(
        life(read("2026-08-01", "500"), read("2026-09-01", "400"), read("2026-10-01", "450"))
    )

    assert shown(found)["2026-09"] == ("2000.000", False, True)


def test_each_multiplier_counts_from_its_day() -> None:
    scales = (Scale(date.min, 6, Decimal(30)), Scale(date(2026, 7, 1), 6, Decimal(50)))
    marks = (read("2026-06-01", "100"), read("2026-07-01", "200"), read("2026-08-01", "300"))

    assert shown(monthly(life(*marks, scales=scales))) == {
        "2026-06": ("3000.000", False, True),
        "2026-07": ("5000.000", False, True),
    }


def test_a_multiplier_that_changed_unread_leaves_the_months_unknown() -> None:
    scales = (Scale(date.min, 6, Decimal(30)), Scale(date(2026, 7, 1), 6, Decimal(50)))
    found = monthly(life(read("2026-06-01", "100"), read("2026-08-01", "300"), scales=scales))

    assert {each.unknown for each in found.values()} == {Unknown.SCALE_CHANGED_UNREAD}


def test_both_parts_of_a_month_count_when_a_meter_is_exchanged() -> None:
    day = date(2026, 4, 15)
    old = life(read("2026-04-01", "100"), read("2026-04-15", "150"), runs_until=day)
    new = life(read("2026-04-15", "0"), read("2026-05-01", "20"), runs_from=day)

    assert shown(monthly(old)) == {"2026-04": ("2000.000", False, True)}
    assert shown(monthly(new)) == {"2026-04": ("800.000", False, True)}


def test_a_month_with_a_part_that_is_not_read_yet_says_that_it_is_incomplete() -> None:
    found = monthly(life(read("2026-10-01", "100"), read("2026-10-21", "120")))

    assert shown(found) == {"2026-10": ("800.000", True, False)}


def test_an_inspectors_value_in_mid_month_divides_it_and_adds_up() -> None:
    found = monthly(
        life(read("2026-10-01", "100"), read("2026-10-21", "120"), read("2026-11-01", "130"))
    )

    assert shown(found) == {"2026-10": ("1200.000", False, True)}


def test_estimates_alone_count_while_nothing_was_read() -> None:
    marks = [estimated("2026-09-01", "10"), estimated("2026-10-01", "20")]

    assert list(counted(marks)) == marks


@pytest.mark.parametrize(
    ("sums", "months"),
    [
        (["0", "0.5", "1.0", "1.5"], [1, 0, 1]),
        (["0", "10.4", "20.8", "31.2"], [10, 11, 10]),
        (["0", "689.8"], [690]),
    ],
)
def test_whole_kwh_come_from_rounded_sums(sums: list[str], months: list[int]) -> None:
    through = [Decimal(each) for each in sums]

    assert [billed(before, after) for before, after in pairwise(through)] == months
    assert sum(months) == billed(through[0], through[-1])


def test_a_span_of_years_is_divided_month_by_month() -> None:
    begin = date(2020, 1, 1)
    found = monthly(life(Mark(begin, Decimal(0), True), Mark(date(2026, 1, 1), Decimal(1), True)))  # noqa: FBT003 - a value that was read

    assert len(found) == 72
    assert sum((each.energy or Decimal(0) for each in found.values()), Decimal(0)) == 40
    assert sum(each.days_known for each in found.values()) == (
        date(2026, 1, 1) - begin
    ) / timedelta(days=1)
