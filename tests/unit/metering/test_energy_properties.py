"""What holds for every register, whatever it showed and whoever read it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

from app.models.metering.energy.months import MonthEnergy, billed, month_of, monthly
from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.energy.spans import counted, spans
from tests.rounds import holds_for

FIRST_DAY = date(2024, 1, 1)

values = st.decimals(min_value=0, max_value=Decimal("99999.9"), places=1)
offsets = st.integers(min_value=0, max_value=900)
month_ends = st.integers(min_value=0, max_value=29).map(
    lambda month: (date(2024 + month // 12, month % 12 + 1, 1) - FIRST_DAY).days
)
marks = st.dictionaries(
    st.one_of(month_ends, offsets), st.tuples(values, st.booleans()), min_size=2, max_size=14
).map(
    lambda found: [
        Mark(FIRST_DAY + timedelta(days=day), value, is_actual)
        for day, (value, is_actual) in sorted(found.items())
    ]
)
multipliers = st.sampled_from([Decimal(1), Decimal(40), Decimal("3.5"), Decimal("0.333")])
scales = multipliers.map(lambda multiplier: Scale(date.min, 5, multiplier))


def life_of(marks: list[Mark], *scales: Scale) -> RegisterLife:
    return RegisterLife(marks=marks, scales=scales, runs_from=None, runs_until=None)


def known(months: dict[int, MonthEnergy]) -> Decimal:
    return sum((each.energy for each in months.values() if each.energy is not None), Decimal(0))


@holds_for(marks, scales)
def test_the_months_of_a_span_add_up_to_it(marks: list[Mark], scale: Scale) -> None:
    for earlier, later in pairwise(counted(marks)):
        alone = life_of([earlier, later], scale)
        (span,) = spans(alone)

        assert known(monthly(alone)) == (span.energy or 0)


@holds_for(marks, scales)
def test_energy_is_never_negative_nor_more_than_the_register_can_count(
    marks: list[Mark], scale: Scale
) -> None:
    life = life_of(marks, scale)
    most = scale.capacity * scale.multiplier

    assert all(0 <= span.energy < most for span in spans(life) if span.energy is not None)
    assert all(each.energy is None or each.energy >= 0 for each in monthly(life).values())


@holds_for(marks, scales)
def test_an_estimate_that_an_actual_value_follows_leaves_no_trace(
    marks: list[Mark], scale: Scale
) -> None:
    closed = [*marks[:-1], marks[-1]._replace(is_actual=True)]
    read = [mark for mark in closed if mark.is_actual]

    assert monthly(life_of(closed, scale)) == monthly(life_of(read, scale))


@holds_for(marks, scales, multipliers, st.integers(min_value=0))
def test_a_new_multiplier_moves_no_month_before_its_day(
    marks: list[Mark], scale: Scale, multiplier: Decimal, chosen: int
) -> None:
    read = [mark._replace(is_actual=True) for mark in marks]
    day = read[chosen % len(read)].day
    before = monthly(life_of(read, scale))
    after = monthly(life_of(read, scale, Scale(day, scale.digits, multiplier)))

    closed = [month for month in before if month < month_of(day)]
    assert {month: before[month] for month in closed} == {month: after[month] for month in closed}


@holds_for(marks, scales)
def test_months_that_were_read_at_both_ends_are_not_estimated(
    marks: list[Mark], scale: Scale
) -> None:
    read_on = {mark.day for mark in marks if mark.is_actual}
    for month, found in monthly(life_of(marks, scale)).items():
        first = date(month // 12, month % 12 + 1, 1)
        after = date((month + 1) // 12, (month + 1) % 12 + 1, 1)

        assert found.is_estimated is not ({first, after} <= read_on)


@holds_for(st.lists(st.decimals(min_value=0, max_value=10**6, places=3), min_size=1, max_size=40))
def test_rounding_sums_keeps_every_bill_within_one_kwh_and_loses_nothing(
    energies: list[Decimal],
) -> None:
    sums = [Decimal(0)]
    for energy in energies:
        sums.append(sums[-1] + energy)
    bills = [billed(before, through) for before, through in pairwise(sums)]

    assert all(bill >= 0 for bill in bills)
    assert all(abs(bill - energy) <= 1 for bill, energy in zip(bills, energies, strict=True))
    assert sum(bills) == billed(sums[0], sums[-1])
