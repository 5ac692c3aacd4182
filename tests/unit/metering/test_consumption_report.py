from datetime import date
from decimal import Decimal

import pytest

from app.models.base import new_id
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.register import Energy, Zone
from app.models.period import Period, RangeInvalid
from tests.unit.metering.histories import JANUARY, TODAY, ask, history, month_in


def test_a_month_is_compared_with_the_same_month_a_year_before() -> None:
    values = [str(100 * place) for place in range(13)] + ["1350"]
    consumption = ask(history(*values, first=Period(2025, 1)))

    february = month_in(consumption, "2026-02")
    assert (february.previous_year, february.change_percent) == (Decimal(100), Decimal(50))
    assert february.average_daily == Decimal(150) / 28


def test_nothing_compares_with_an_empty_or_unknown_month() -> None:
    consumption = ask(
        history("0", "0", first=Period(2025, 1)),
        history("0", "100", "200", first=JANUARY, meter_id=new_id()),
    )

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.previous_year, february.change_percent) == (Decimal(0), None)
    assert (march.previous_year, march.change_percent) == (None, None)


def test_a_summary_tells_total_average_peak_and_shares() -> None:
    day = history("0", "100", "300", "400", zone=Zone.DAY)
    night = history("0", "50", "150", "200", zone=Zone.NIGHT)

    summary = ask(day, night, first=Period(2026, 2), last=Period(2026, 5)).summary

    assert summary.total == 600
    assert summary.average_monthly == 200
    assert summary.peak_period == Period(2026, 3)
    assert summary.zone_shares == {Zone.DAY: Decimal("66.7"), Zone.NIGHT: Decimal("33.3")}


def test_of_equal_months_the_first_is_the_peak_and_no_energy_has_no_shares() -> None:
    flat = ask(history("0", "10", "20")).summary
    idle = ask(history("7", "7")).summary

    assert flat.peak_period == Period(2026, 2)
    assert (idle.total, idle.zone_shares) == (Decimal(0), {})


def test_a_month_whose_readings_are_still_coming_is_not_compared() -> None:
    last_year = [str(100 * place) for place in range(1, 24)]
    early = history(*last_year, first=Period(2025, 1))
    late = history(*last_year[:-1], first=Period(2025, 1), meter_id=new_id())

    november = month_in(ask(early, late), "2026-11")
    october = month_in(ask(early, late), "2026-10")

    assert (november.energy, november.change_percent) == (Decimal(100), None)
    assert (october.energy, october.change_percent) == (Decimal(200), Decimal(0))


def test_a_closed_month_is_its_own_forecast() -> None:
    summary = ask(history("0", "10", first=Period(2026, 10))).summary

    assert summary.forecast_current == 10


def test_a_forecast_scales_last_years_month_by_the_last_three() -> None:
    values, shown = [0], 0
    for place in range(22):
        # 100 a month in 2025, November 130; 150 a month in 2026.
        shown += 150 if place >= 12 else 130 if place == 10 else 100
        values.append(shown)
    consumption = ask(history(*map(str, values), first=Period(2024, 12)))

    assert month_in(consumption, "2026-11").energy is None
    assert consumption.summary.forecast_current == Decimal(195)


def test_a_forecast_without_a_year_is_the_average_day_of_three_months() -> None:
    # August, September and October have 92 days, November 30.
    summary = ask(history("0", "31", "61", "92", first=Period(2026, 7))).summary

    assert summary.forecast_current == 30


def test_a_forecast_leaves_out_a_month_that_is_still_coming() -> None:
    # On the second of November October's readings are still being handed in.
    summary = ask(history("0", "62", "122", first=Period(2026, 7)), today=date(2026, 11, 2)).summary

    assert summary.forecast_current == Decimal(122) / 61 * 30


def test_nothing_is_foretold_without_history() -> None:
    assert ask().summary.forecast_current is None
    assert ask(history("5", first=Period(2026, 10))).summary.forecast_current is None


def test_a_removed_meter_and_a_silent_register_are_not_waited_for() -> None:
    running = history("0", "10", first=Period(2026, 10))
    removed = history(
        "0", "9", first=Period(2026, 9), meter_id=new_id(), removed_on=TODAY.replace(day=1)
    )
    silent = history("0", "9", first=Period(2026, 6), meter_id=new_id())
    unread = history(meter_id=new_id())

    assert ask(running, removed, silent, unread).summary.forecast_current == 10


def test_unasked_a_report_covers_a_year_and_the_running_month() -> None:
    question = Question.of(
        None, None, energy=Energy.ACTIVE_IMPORT, group_by=GroupBy.ZONE, today=TODAY
    )

    assert (str(question.first), str(question.last)) == ("2025-11", "2026-11")
    assert question.since == date(2024, 11, 1)


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
