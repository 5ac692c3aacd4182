from datetime import date
from decimal import Decimal

from app.models.metering.energy.estimates import EstimateMethod, estimate
from app.models.metering.energy.months import month_of, monthly
from app.models.metering.energy.register import Mark, RegisterLife, Scale


def life(*marks: Mark, digits: int = 6, multiplier: int = 40) -> RegisterLife:
    scale = Scale(date.min, digits, Decimal(multiplier))
    return RegisterLife(marks=marks, scales=[scale], runs_from=None, runs_until=None)


def year_of_history() -> list[Mark]:
    """October 2025 took 31 units, each later month up to October 2026 took 62."""
    days = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(9, 21)]
    values = [Decimal(1000), *(Decimal(1031 + 62 * each) for each in range(11))]
    return [Mark(day, value, is_actual=True) for day, value in zip(days, values, strict=True)]


def test_the_same_month_of_last_year_comes_first() -> None:
    found = estimate(life(*year_of_history()), date(2026, 11, 1), decimals=1)

    # October 2025: one unit a day. The last value is that of 1 September 2026: 61 days before.
    assert (found.method, found.value) == (
        EstimateMethod.SAME_MONTH_LAST_YEAR,
        Decimal("1651.0") + 61,
    )


def test_without_that_month_the_average_day_of_the_latest_three_counts() -> None:
    found = estimate(life(*year_of_history()[1:]), date(2026, 10, 1), decimals=1)

    # June, July and August took 62 each in 92 days; 30 days have passed since 1 September.
    assert (found.method, found.value) == (
        EstimateMethod.RECENT_AVERAGE,
        Decimal("1651.0") + Decimal("60.6"),
    )


def test_an_estimated_month_is_no_base_for_the_next_one() -> None:
    read = year_of_history()[1:]
    high = Mark(date(2026, 10, 1), Decimal(9000), is_actual=False)

    found = estimate(life(*read, high), date(2026, 11, 1), decimals=1)

    # June, July and August took 186 in 92 days; 31 such days after what was estimated last.
    assert found.value == Decimal("9062.6")


def test_without_any_measured_month_nothing_is_made_up() -> None:
    opening = Mark(date(2026, 10, 1), Decimal(5), is_actual=True)

    found = estimate(life(opening), date(2026, 11, 1), decimals=1)

    assert (found.method, found.value) == (EstimateMethod.NO_HISTORY, None)


def test_an_estimate_that_passes_zero_has_the_energy_it_was_made_from() -> None:
    marks = [
        Mark(date(2026, month, 1), Decimal(9_600 + 62 * (month - 4)), is_actual=True)
        for month in range(4, 11)
    ]
    register = life(*marks, digits=4, multiplier=1)
    found = estimate(register, date(2026, 11, 1), decimals=0)
    assert found.value is not None
    assert found.value < marks[-1].value

    after = life(*marks, Mark(found.day, found.value, is_actual=False), digits=4, multiplier=1)

    energy = monthly(after)[month_of(date(2026, 10, 1))].energy
    assert energy == found.value + 10_000 - marks[-1].value
