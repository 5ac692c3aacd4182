"""A register that begins to count for another zone: the months before keep theirs."""

from datetime import date
from decimal import Decimal

import pytest

from app.models.metering.consumption.question import GroupBy
from app.models.metering.register import Zone
from tests.unit.metering.histories import JANUARY, ask, history, month_in

LONG_AGO = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("since", "first_of_day"), [(date(2026, 4, 1), "2026-04"), (date(2026, 4, 15), "2026-04")]
)
def test_each_month_counts_for_its_zone(since: date, first_of_day: str) -> None:
    register = history(
        "0", "10", "30", "60", "100", zones=[(LONG_AGO, Zone.TOTAL), (since, Zone.DAY)]
    )

    shown = ask(register, first=JANUARY)

    zones = {str(month.period): dict(month.zones) for month in shown.months if month.zones}
    assert zones["2026-02"] == {Zone.TOTAL: Decimal(10)}
    assert zones["2026-03"] == {Zone.TOTAL: Decimal(20)}
    assert zones[first_of_day] == {Zone.DAY: Decimal(30)}
    assert zones["2026-05"] == {Zone.DAY: Decimal(40)}
    assert [month.is_complete for month in shown.months[1:5]] == [True] * 4


def test_a_total_that_becomes_one_of_two_zones_is_counted_once() -> None:
    changed = [(LONG_AGO, Zone.TOTAL), (date(2026, 4, 1), Zone.DAY)]
    day = history("0", "10", "30", "60", zone=Zone.DAY, zones=changed)
    night = history("0", "5", first=JANUARY.shifted(2), zone=Zone.NIGHT, runs_from=date(2026, 4, 1))

    shown = ask(day, night, first=JANUARY)

    assert month_in(shown, "2026-03").energy == 20
    assert month_in(shown, "2026-04").zones == {Zone.DAY: Decimal(30), Zone.NIGHT: Decimal(5)}
    assert month_in(shown, "2026-04").is_complete


def test_by_register_it_stays_one() -> None:
    changed = [(LONG_AGO, Zone.DAY), (date(2026, 3, 1), Zone.NIGHT)]
    register = history("0", "10", "30", zone=Zone.NIGHT, zones=changed)

    shown = ask(register, first=JANUARY, group_by=GroupBy.REGISTER)

    parts = [dict(month.parts) for month in shown.months[1:3]]
    assert parts == [{register.register_id: 10}, {register.register_id: 20}]
