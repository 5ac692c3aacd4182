from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.base import new_id
from app.models.metering.consumption.history import period_of, spread
from app.models.metering.consumption.question import GroupBy
from app.models.metering.register import Zone
from app.models.period import Period
from tests.unit.metering.histories import ask, history, month_in


def test_a_month_is_the_difference_of_two_readings_times_the_multiplier() -> None:
    months = history("100.5", "110.0", "110.0", multiplier=Decimal(40)).monthly()

    assert {str(period_of(month)): energy for month, energy in months.items()} == {
        "2026-02": (Decimal("380.0"), False),
        "2026-03": (Decimal(0), False),
    }


def test_a_register_goes_on_from_zero() -> None:
    consumption = ask(history("999990.5", "9.5"))

    assert month_in(consumption, "2026-02").kwh == 19


def test_the_first_reading_only_opens() -> None:
    consumption = ask(history("500"))

    assert {month.kwh for month in consumption.months} == {None}
    assert consumption.summary.total_kwh is None
    assert consumption.summary.zone_shares == {}


@pytest.mark.parametrize("estimated", [[1], [2]])
def test_a_month_is_estimated_when_either_of_its_readings_is(estimated: list[int]) -> None:
    consumption = ask(history("0", "10", "20", "30", "40", estimated=estimated))

    found = {str(month.period): month.is_estimated for month in consumption.months if month.kwh}
    opening = estimated[0]
    assert found == {
        f"2026-{place + 1:02}": place in {opening, opening + 1} for place in range(1, 5)
    }


def test_a_gap_is_spread_over_the_days_of_its_months() -> None:
    # February has 28 days, March 31: 59 kWh are one a day.
    consumption = ask(history("0", None, "59", "69"))

    february, march, april = (month_in(consumption, f"2026-0{number}") for number in (2, 3, 4))
    assert (february.kwh, february.is_estimated) == (Decimal(28), True)
    assert (march.kwh, march.is_estimated) == (Decimal(31), True)
    assert (april.kwh, april.is_estimated) == (Decimal(10), False)


def test_a_reading_before_the_months_asked_for_opens_a_gap_into_them() -> None:
    consumption = ask(history("0", None, "59"), first=Period(2026, 3), last=Period(2026, 3))

    [march] = consumption.months
    assert march.kwh == 31


def test_energy_is_never_taken_across_meters() -> None:
    old = history("1000", "1100", removed_on=date(2026, 3, 1))
    new = history("5", "25", first=Period(2026, 2), meter_id=new_id())

    consumption = ask(old, new)

    assert [month_in(consumption, f"2026-0{number}").kwh for number in (2, 3)] == [100, 20]


def test_zones_and_their_total_count_once() -> None:
    day = history("0", "70", "140", zone=Zone.DAY)
    night = history("0", "30", None, zone=Zone.NIGHT)
    total = history("0", "100", "205")

    consumption = ask(day, night, total)

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.kwh, february.zones) == (
        Decimal(100),
        {Zone.DAY: Decimal(70), Zone.NIGHT: Decimal(30)},
    )
    assert (march.kwh, march.zones) == (Decimal(105), {Zone.TOTAL: Decimal(105)})


def test_zones_count_where_the_total_is_unknown() -> None:
    consumption = ask(history("0", "70", zone=Zone.DAY), history("0", None))

    assert month_in(consumption, "2026-02").zones == {Zone.DAY: 70}


def test_parts_are_registers_or_accounts() -> None:
    one, other = history("0", "10"), history("0", "20", meter_id=new_id())

    by_register = ask(one, other, group_by=GroupBy.REGISTER)
    by_account = ask(one, other, group_by=GroupBy.ACCOUNT)
    by_nothing = ask(one, other, group_by=GroupBy.TOTAL)

    assert month_in(by_register, "2026-02").parts == {one.register_id: 10, other.register_id: 20}
    assert month_in(by_account, "2026-02").parts == {one.account_id: 10, other.account_id: 20}
    assert month_in(by_nothing, "2026-02").parts == {}


KWH = st.decimals(0, 10**6 - 1, places=3)


@given(st.lists(st.one_of(st.none(), KWH), min_size=2, max_size=30), st.integers(6, 9))
def test_months_add_up_to_what_the_register_counted(
    values: list[Decimal | None], digits: int
) -> None:
    known = [value for value in values if value is not None]
    passed_zero = sum(later < earlier for earlier, later in pairwise(known))
    register = history(
        *(None if value is None else str(value) for value in values),
        digits=digits,
        multiplier=Decimal("0.5"),
    )

    counted = sum((kwh for kwh, _ in register.monthly().values()), Decimal(0))

    expected = (known[-1] - known[0] + passed_zero * 10**digits) / 2 if known else 0
    assert counted == expected


@given(st.decimals(0, 10**9, places=7), st.integers(1, 60), st.integers(24_000, 24_400))
def test_spreading_keeps_the_total(kwh: Decimal, months: int, after: int) -> None:
    shares = spread(kwh, after=after, until=after + months)

    assert list(shares) == list(range(after + 1, after + months + 1))
    assert sum(share for share, _ in shares.values()) == kwh
    assert all(share >= 0 and is_estimated for share, is_estimated in shares.values())


@given(st.integers(0, 10**6))
def test_the_change_to_summer_time_takes_no_energy(daily: int) -> None:
    # March has an hour less and October an hour more; both have 31 days.
    year = history("0", *[None] * 11, str(daily * 365), first=Period(2025, 12)).monthly()
    found = {period_of(month).month: kwh for month, (kwh, _) in year.items()}

    assert found[3] == found[10] == daily * 31
