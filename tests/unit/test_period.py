from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.period import FIRST_YEAR, LAST_YEAR, Period

periods = st.builds(Period, st.integers(FIRST_YEAR, LAST_YEAR), st.integers(1, 12))
repeatably = settings(derandomize=True, database=None, deadline=None)


@repeatably
@given(periods)
def test_what_is_written_is_read_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


@repeatably
@given(periods, st.integers(-500, 500))
def test_months_are_counted_both_ways(period: Period, months: int) -> None:
    assert period.shifted(months).months_since(period) == months
    assert period.shifted(months).shifted(-months) == period


@repeatably
@given(periods)
def test_a_period_is_half_open(period: Period) -> None:
    assert (period.ends_on - period.starts_on).days == period.days
    assert Period.containing(period.starts_on) == period
    assert Period.containing(period.ends_on) == period.shifted(1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-1",
        "2026-001",
        "2026-13",
        "2026-00",
        "2026-10-01",
        "26-10",
        "1989-12",
        "2200-01",
        "٢٠٢٦-١٠",
        "2026-10\n",
        " 2026-10",
        "+026-10",
        "2026_10",
    ],
)
def test_what_is_no_month_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"month|YYYY"):
        Period.parse(text)


def test_periods_stand_in_the_order_of_time() -> None:
    assert sorted([Period(2027, 1), Period(2026, 2), Period(2026, 11)]) == [
        Period(2026, 2),
        Period(2026, 11),
        Period(2027, 1),
    ]
    assert Period(2028, 2).days == 29
    assert Period(2026, 12).ends_on == date(2027, 1, 1)
