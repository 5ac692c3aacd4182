from datetime import date
from decimal import Decimal

from app.models.base import new_id
from app.models.metering.consumption.question import GroupBy
from app.models.metering.consumption.report import Incomplete
from app.models.metering.energy.spans import Unknown
from app.models.metering.register import Zone
from app.models.period import Period
from tests.unit.metering.histories import ask, history, month_in


def test_a_month_is_the_difference_of_two_readings_times_the_multiplier() -> None:
    consumption = ask(history("100.5", "110.0", "110.0", multiplier="40"))

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.energy, february.is_complete) == (Decimal("380.0"), True)
    assert (march.energy, march.is_complete) == (Decimal(0), True)


def test_a_register_goes_on_from_zero() -> None:
    consumption = ask(history("999990.5", "9.5"))

    assert month_in(consumption, "2026-02").energy == 19


def test_the_first_reading_only_opens() -> None:
    consumption = ask(history("500"))

    assert {month.energy for month in consumption.months} == {None}
    assert consumption.summary.total is None
    assert consumption.summary.zone_shares == {}


def test_an_estimate_gives_way_to_the_reading_that_follows() -> None:
    # February has 28 days, March 31: 59 kWh are one a day, whatever the estimate said.
    consumption = ask(history("0", "1820", "59", "69", estimated=[1]))

    february, march, april = (month_in(consumption, f"2026-0{number}") for number in (2, 3, 4))
    assert (february.energy, february.estimated) == (Decimal(28), Decimal(28))
    assert (march.energy, march.is_estimated) == (Decimal(31), True)
    assert (april.energy, april.estimated) == (Decimal(10), Decimal(0))


def test_the_newest_estimate_counts_until_somebody_reads() -> None:
    consumption = ask(history("0", "10", "25", estimated=[2]))

    march = month_in(consumption, "2026-03")
    assert (march.energy, march.is_estimated, march.is_complete) == (Decimal(15), True, True)


def test_a_fall_between_two_readings_makes_the_month_unknown() -> None:
    consumption = ask(history("1820", "1800", "1810"), history("0", "5", "9", meter_id=new_id()))

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.energy, february.is_complete, february.findings) == (
        None,
        False,
        [Unknown.REGISTER_FELL],
    )
    assert (march.energy, march.findings) == (Decimal(14), ())


def test_a_month_with_one_of_two_meters_read_is_not_complete() -> None:
    consumption = ask(history("0", "5", "9"), history("0", "5", meter_id=new_id()))

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.energy, february.is_complete, february.findings) == (Decimal(10), True, ())
    assert (march.energy, march.is_complete, march.findings) == (
        Decimal(4),
        False,
        (Incomplete.READING_MISSING,),
    )


def test_a_meter_that_nobody_has_read_makes_its_months_incomplete() -> None:
    unread = history(meter_id=new_id(), runs_from=date(2026, 3, 10))

    consumption = ask(history("0", "5", "9"), unread)

    assert month_in(consumption, "2026-02").is_complete
    assert not month_in(consumption, "2026-03").is_complete


def test_what_has_not_begun_has_no_finding() -> None:
    consumption = ask(history("0", "5"), last=Period(2026, 12))

    assert month_in(consumption, "2026-11").findings == (Incomplete.READING_MISSING,)
    assert month_in(consumption, "2026-12").findings == ()
    assert month_in(ask(), "2026-11").findings == ()


def test_a_gap_is_spread_over_the_days_of_its_months() -> None:
    # February has 28 days, March 31: 59 kWh are one a day.
    consumption = ask(history("0", None, "59", "69"))

    february, march, april = (month_in(consumption, f"2026-0{number}") for number in (2, 3, 4))
    assert (february.energy, february.is_estimated) == (Decimal(28), True)
    assert (march.energy, march.is_estimated) == (Decimal(31), True)
    assert (april.energy, april.is_estimated) == (Decimal(10), False)


def test_a_reading_before_the_months_asked_for_opens_a_gap_into_them() -> None:
    consumption = ask(history("0", None, "59"), first=Period(2026, 3), last=Period(2026, 3))

    [march] = consumption.months
    assert march.energy == 31


def test_energy_is_never_taken_across_meters() -> None:
    old = history("1000", "1100", removed_on=date(2026, 3, 1))
    new = history("5", "25", first=Period(2026, 2), meter_id=new_id())

    consumption = ask(old, new)

    assert [month_in(consumption, f"2026-0{number}").energy for number in (2, 3)] == [100, 20]


def test_zones_and_their_total_count_once() -> None:
    day = history("0", "70", "140", zone=Zone.DAY)
    night = history("0", "30", None, zone=Zone.NIGHT)
    total = history("0", "100", "205")

    consumption = ask(day, night, total)

    february, march = month_in(consumption, "2026-02"), month_in(consumption, "2026-03")
    assert (february.energy, february.zones) == (
        Decimal(100),
        {Zone.DAY: Decimal(70), Zone.NIGHT: Decimal(30)},
    )
    assert (march.energy, march.zones) == (Decimal(105), {Zone.TOTAL: Decimal(105)})


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
