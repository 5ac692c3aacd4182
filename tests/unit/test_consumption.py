from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.base import new_id
from app.models.consumption import (
    Consumption,
    GroupBy,
    MonthConsumption,
    Question,
    RangeInvalid,
    RegisterHistory,
    report,
)
from app.models.consumption.history import period_of, spread
from app.models.period import Period
from app.models.register import Energy, Zone

JANUARY, TODAY = Period(2026, 1), date(2026, 11, 23)
METER = new_id()


def history(
    *readings: str | None,
    first: Period = JANUARY,
    zone: Zone = Zone.TOTAL,
    meter_id: UUID = METER,
    estimated: Sequence[int] = (),
    **changes: Any,
) -> RegisterHistory:
    """Return a register read at the ends of months from `first` on; None is a missing month."""
    known = [(place, value) for place, value in enumerate(readings) if value is not None]
    settings: dict[str, Any] = {"digits": 6, "multiplier": Decimal(1), "removed_on": None}
    return RegisterHistory(
        account_id=new_id(),
        meter_id=meter_id,
        register_id=new_id(),
        zone=zone,
        periods=[first.shifted(place).starts_on for place, _ in known],
        values=[Decimal(value) for _, value in known],
        estimated=[place in estimated for place, _ in known],
        **settings | changes,
    )


def ask(
    *histories: RegisterHistory,
    first: Period | None = None,
    last: Period | None = None,
    group_by: GroupBy = GroupBy.ZONE,
    today: date = TODAY,
) -> Consumption:
    question = Question.of(first, last, energy=Energy.ACTIVE_IMPORT, group_by=group_by, today=today)
    return report(question, histories)


def month_in(consumption: Consumption, text: str) -> MonthConsumption:
    [found] = [month for month in consumption.months if str(month.period) == text]
    return found


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


def test_a_month_is_compared_with_the_same_month_a_year_before() -> None:
    values = [str(100 * place) for place in range(13)] + ["1350"]
    consumption = ask(history(*values, first=Period(2025, 1)))

    february = month_in(consumption, "2026-02")
    assert (february.previous_year_kwh, february.change_percent) == (Decimal(100), Decimal(50))
    assert february.average_daily_kwh == Decimal(150) / 28


def test_nothing_compares_with_an_empty_or_unknown_month() -> None:
    consumption = ask(
        history("0", "0", first=Period(2025, 1)),
        history("0", "100", "200", first=JANUARY, meter_id=new_id()),
    )

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.previous_year_kwh, february.change_percent) == (Decimal(0), None)
    assert (march.previous_year_kwh, march.change_percent) == (None, None)


def test_a_summary_tells_total_average_peak_and_shares() -> None:
    day = history("0", "100", "300", "400", zone=Zone.DAY)
    night = history("0", "50", "150", "200", zone=Zone.NIGHT)

    summary = ask(day, night, first=Period(2026, 2), last=Period(2026, 5)).summary

    assert summary.total_kwh == 600
    assert summary.average_monthly_kwh == 200
    assert summary.peak_period == Period(2026, 3)
    assert summary.zone_shares == {Zone.DAY: Decimal("66.7"), Zone.NIGHT: Decimal("33.3")}


def test_of_equal_months_the_first_is_the_peak_and_no_energy_has_no_shares() -> None:
    flat = ask(history("0", "10", "20")).summary
    idle = ask(history("7", "7")).summary

    assert flat.peak_period == Period(2026, 2)
    assert (idle.total_kwh, idle.zone_shares) == (Decimal(0), {})


def test_a_month_whose_readings_are_still_coming_is_not_compared() -> None:
    last_year = [str(100 * place) for place in range(1, 24)]
    early = history(*last_year, first=Period(2025, 1))
    late = history(*last_year[:-1], first=Period(2025, 1), meter_id=new_id())

    november = month_in(ask(early, late), "2026-11")
    october = month_in(ask(early, late), "2026-10")

    assert (november.kwh, november.change_percent) == (Decimal(100), None)
    assert (october.kwh, october.change_percent) == (Decimal(200), Decimal(0))


def test_a_closed_month_is_its_own_forecast() -> None:
    summary = ask(history("0", "10", first=Period(2026, 10))).summary

    assert summary.forecast_current_kwh == 10


def test_a_forecast_scales_last_years_month_by_the_last_three() -> None:
    values, shown = [0], 0
    for place in range(22):
        # 100 a month in 2025, November 130; 150 a month in 2026.
        shown += 150 if place >= 12 else 130 if place == 10 else 100
        values.append(shown)
    consumption = ask(history(*map(str, values), first=Period(2024, 12)))

    assert month_in(consumption, "2026-11").kwh is None
    assert consumption.summary.forecast_current_kwh == Decimal(195)


def test_a_forecast_without_a_year_is_the_average_day_of_three_months() -> None:
    # August, September and October have 92 days, November 30.
    summary = ask(history("0", "31", "61", "92", first=Period(2026, 7))).summary

    assert summary.forecast_current_kwh == 30


def test_a_forecast_leaves_out_a_month_that_is_still_coming() -> None:
    # On the second of November October's readings are still being handed in.
    summary = ask(history("0", "62", "122", first=Period(2026, 7)), today=date(2026, 11, 2)).summary

    assert summary.forecast_current_kwh == Decimal(122) / 61 * 30


def test_nothing_is_foretold_without_history() -> None:
    assert ask().summary.forecast_current_kwh is None
    assert ask(history("5", first=Period(2026, 10))).summary.forecast_current_kwh is None


def test_a_removed_meter_and_a_silent_register_are_not_waited_for() -> None:
    running = history("0", "10", first=Period(2026, 10))
    removed = history(
        "0", "9", first=Period(2026, 9), meter_id=new_id(), removed_on=TODAY.replace(day=1)
    )
    silent = history("0", "9", first=Period(2026, 6), meter_id=new_id())
    unread = history(meter_id=new_id())

    assert ask(running, removed, silent, unread).summary.forecast_current_kwh == 10


def test_unasked_a_report_covers_a_year_and_the_running_month() -> None:
    question = Question.of(
        None, None, energy=Energy.ACTIVE_IMPORT, group_by=GroupBy.ZONE, today=TODAY
    )

    assert (str(question.first), str(question.last)) == ("2025-11", "2026-11")
    assert question.since == date(2024, 10, 1)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (Period(2026, 2), Period(2026, 1)),
        (Period(2027, 1), None),
        (Period(2016, 1), Period(2026, 1)),
    ],
)
def test_a_report_holds_one_to_120_months(first: Period, last: Period | None) -> None:
    with pytest.raises(RangeInvalid) as refused:
        ask(first=first, last=last)

    assert [flaw.pointer for flaw in refused.value.flaws] == ["from"]
    assert len(ask(first=Period(2016, 2), last=Period(2026, 1)).months) == 120


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
