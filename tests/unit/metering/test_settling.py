"""The rule of settlement, case by case."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.models.base import new_id
from app.models.metering.energy.estimates import EstimateMethod
from app.models.metering.reading import Kind
from app.models.metering.register import Energy, Zone
from app.models.metering.settling.account import RegisterMonth
from app.models.metering.settling.registers import RegisterToSettle, WrittenEstimate
from tests.unit.metering.settled import amounts, register, settle_periods

LAST_YEAR = [str(1000 + 100 * month) for month in range(13)]
"""Read on the first of each month of 2025 and of January 2026, 100 units a month."""


def told(registers: list[RegisterToSettle], period: str) -> RegisterMonth:
    [month] = settle_periods(registers, period).months.values()
    return month.registers[0]


def test_a_month_that_was_read_is_its_whole_energy() -> None:
    read = register("100", "150.4", multiplier="40")

    found = settle_periods([read], "2026-01")

    assert amounts(found) == {"2026-01": [2016]}
    assert told([read], "2026-01")[1:] == (
        Decimal(100),
        Decimal("150.4"),
        Kind.ACTUAL,
        None,
        0,
        Decimal("2016.0"),
    )
    assert list(found.estimates) == []


def test_rounding_the_sum_adds_up_no_error() -> None:
    read = register("0", "0.4", "0.8", "1.2", "1.6")

    found = settle_periods([read], "2026-01", "2026-02", "2026-03", "2026-04")

    # 0.4, 0.8, 1.2 and 1.6 are rounded; each month alone would be nothing.
    assert amounts(found) == {"2026-01": [0], "2026-02": [1], "2026-03": [0], "2026-04": [1]}


def test_half_a_kilowatthour_is_rounded_up() -> None:
    assert amounts(settle_periods([register("0", "0.5")], "2026-01")) == {"2026-01": [1]}


def test_registers_of_one_point_are_summed_before_they_are_rounded() -> None:
    meter = new_id()
    day = register("0", "10.3", zone=Zone.DAY, meter_id=meter)
    night = register("0", "20.3", zone=Zone.NIGHT, meter_id=meter)

    assert amounts(settle_periods([day, night], "2026-01")) == {"2026-01": [31]}


def test_a_meter_that_shows_zones_and_their_total_counts_once() -> None:
    meter = new_id()
    zones = [
        register("0", "10", zone=Zone.DAY, meter_id=meter),
        register("0", "20", zone=Zone.NIGHT, meter_id=meter),
        register("0", "30", zone=Zone.TOTAL, meter_id=meter),
    ]

    assert amounts(settle_periods(zones, "2026-01")) == {"2026-01": [30]}


def test_points_and_kinds_of_energy_are_told_apart() -> None:
    registers = [
        register("0", "10"),
        register("0", "4", energy=Energy.REACTIVE_IMPORT),
        register("0", "7", point_id=new_id()),
    ]

    assert amounts(settle_periods(registers, "2026-01")) == {"2026-01": [10, 4, 7]}


def test_a_register_that_nobody_read_is_estimated_by_last_year() -> None:
    unread = register(*LAST_YEAR, first="2025-01")
    found = settle_periods([unread], "2026-01")

    [estimate] = found.estimates
    assert (estimate.day, estimate.value, estimate.method, estimate.replaces) == (
        date(2026, 2, 1),
        Decimal("2300.0"),
        EstimateMethod.SAME_MONTH_LAST_YEAR,
        None,
    )
    assert amounts(found) == {"2026-01": [100]}
    assert told([unread], "2026-01")[3:6] == (
        Kind.ESTIMATED,
        EstimateMethod.SAME_MONTH_LAST_YEAR,
        1,
    )


def test_months_in_a_row_without_a_reading_are_counted() -> None:
    unread = register(*LAST_YEAR, first="2025-01")
    found = settle_periods([unread], "2026-01", "2026-02", "2026-03")

    assert [month.registers[0].months_unread for month in found.months.values()] == [1, 2, 3]
    assert amounts(found) == {"2026-01": [100], "2026-02": [100], "2026-03": [100]}


def test_without_a_history_nothing_is_made_up() -> None:
    found = settle_periods([register("5")], "2026-01")

    assert amounts(found) == {"2026-01": [None]}
    assert list(found.estimates) == []
    assert told([register("5")], "2026-01").estimate_method is EstimateMethod.NO_HISTORY


def test_one_register_that_cannot_be_known_leaves_its_point_unknown() -> None:
    meter = new_id()
    day = register("0", "10", zone=Zone.DAY, meter_id=meter)
    night = register("7", zone=Zone.NIGHT, meter_id=meter)

    assert amounts(settle_periods([day, night], "2026-01")) == {"2026-01": [None]}


def test_a_fall_is_unknown_and_adds_nothing_to_later_months() -> None:
    fell = register("0.6", "500", "400", "410.3")

    found = settle_periods([fell], "2026-01", "2026-02", "2026-03")

    assert amounts(found) == {"2026-01": [499], "2026-02": [None], "2026-03": [11]}


def test_an_actual_value_leaves_no_trace_of_an_estimate() -> None:
    unread = register(*LAST_YEAR, None, "2500", first="2025-01")
    found = settle_periods([unread], "2026-01", "2026-02")

    assert list(found.estimates) == []
    # 300 units over 59 days: the months share them.
    assert amounts(found) == {"2026-01": [158], "2026-02": [142]}
    january, february = found.months.values()
    assert (january.registers[0].closing, january.registers[0].kind) == (None, Kind.ESTIMATED)
    assert january.registers[0].estimate_method is None
    assert february.registers[0].kind is Kind.ACTUAL


def test_what_stands_already_is_not_written_again() -> None:
    day, method = date(2026, 2, 1), EstimateMethod.SAME_MONTH_LAST_YEAR
    same = WrittenEstimate(new_id(), Decimal(2300), method)
    other = WrittenEstimate(new_id(), Decimal(2299), method)
    unread = register(*LAST_YEAR, first="2025-01")

    assert settle_periods([replace(unread, written={day: same})], "2026-01").estimates == []
    [new] = settle_periods([replace(unread, written={day: other})], "2026-01").estimates
    assert new.replaces == other.reading_id


def test_a_reading_in_review_settles_nothing_and_no_estimate_stands_beside_it() -> None:
    waiting = register(*LAST_YEAR, first="2025-01", in_review=[date(2026, 2, 1)])

    found = settle_periods([waiting], "2026-01")

    assert amounts(found) == {"2026-01": [100]}
    assert list(found.estimates) == []


def test_a_meter_taken_down_unread_is_estimated_as_of_that_day() -> None:
    removed = register(*LAST_YEAR, first="2025-01", runs_until=date(2026, 1, 11))
    found = settle_periods([removed], "2026-01", "2026-02")

    [estimate] = found.estimates
    assert (estimate.day, estimate.value) == (date(2026, 1, 11), Decimal("2232.2"))
    assert list(amounts(found)) == ["2026-01"]


@pytest.mark.parametrize(
    ("runs_from", "runs_until"), [(date(2026, 2, 1), None), (None, date(2026, 1, 1))]
)
def test_a_register_that_did_not_run_is_no_part_of_the_month(
    runs_from: date | None, runs_until: date | None
) -> None:
    absent = register("0", "10", runs_from=runs_from, runs_until=runs_until)

    assert settle_periods([absent], "2026-01").months == {}


def test_content_tells_settlements_apart() -> None:
    read = register("0", "10")
    later = replace(read, voltage_class=1)
    estimated = register(*LAST_YEAR, first="2025-01")

    def content(of: RegisterToSettle) -> str:
        [month] = settle_periods([of], "2026-01").months.values()
        return month.content

    assert content(read) == content(replace(read)) == content(later)
    assert content(read) != content(estimated)
