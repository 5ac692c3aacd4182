"""What holds for every settlement, whatever was read and in whatever order it came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from hypothesis import strategies as st

from app.models.base import new_id
from app.models.metering.energy.months import month_of, monthly
from app.models.metering.energy.register import Mark
from app.models.metering.settling.account import AccountSettlement, settle
from app.models.metering.settling.registers import NewEstimate, RegisterToSettle, WrittenEstimate
from tests.rounds import holds_for
from tests.unit.metering.settled import register
from tests.unit.metering.test_energy_properties import multipliers

FIRST, MONTHS = month_of(date(2025, 1, 1)), 18
ALL = range(FIRST, FIRST + MONTHS)

steps = st.decimals(min_value=0, max_value=Decimal("900.9"), places=1)
readings = st.lists(st.one_of(st.none(), steps), min_size=MONTHS + 1, max_size=MONTHS + 1)
"""By how much the register went on in each month; None where nobody read it."""
seeds = st.integers(min_value=0, max_value=2**32)


def read(went_on: Sequence[Decimal | None], multiplier: Decimal) -> RegisterToSettle:
    shown, values = Decimal(1000), list[str | None]()
    for step in went_on:
        shown += step or 0
        values.append(None if step is None else str(shown))
    return register(*values, first="2025-01", multiplier=str(multiplier))


def contents(found: AccountSettlement) -> list[str]:
    return [told.content for _, told in sorted(found.months.items())]


def amounts(found: AccountSettlement) -> list[int | None]:
    return [point.amount for _, told in sorted(found.months.items()) for point in told.points]


def with_written(
    of: RegisterToSettle, written: dict[date, WrittenEstimate], new: Sequence[NewEstimate]
) -> RegisterToSettle:
    for each in new:
        written[each.day] = WrittenEstimate(new_id(), each.value, each.method)
    return replace(of, written=dict(written))


@holds_for(readings, multipliers)
def test_settling_twice_is_settling_once(
    went_on: list[Decimal | None], multiplier: Decimal
) -> None:
    unsettled = read(went_on, multiplier)
    once = settle([unsettled], ALL)

    twice = settle([with_written(unsettled, {}, once.estimates)], ALL)

    assert list(twice.estimates) == []
    assert contents(twice) == contents(once)


@holds_for(readings, multipliers)
def test_what_is_billed_adds_up_to_the_energy_rounded_once(
    went_on: list[Decimal | None], multiplier: Decimal
) -> None:
    given = read(went_on, multiplier)
    # Nothing is estimated between two values that were read, so these months have their energy.
    last = max((mark.day for mark in given.life.marks), default=date(2025, 1, 1))
    months = range(FIRST, max(month_of(last), FIRST + 1))

    billed = sum(amount or 0 for amount in amounts(settle([given], months)))

    energy = sum((each.energy or Decimal(0) for each in monthly(given.life).values()), Decimal(0))
    assert billed == int(energy.quantize(Decimal(1), ROUND_HALF_UP))


@holds_for(readings, multipliers, seeds)
def test_no_order_of_arrival_changes_what_is_settled(
    went_on: list[Decimal | None], multiplier: Decimal, seed: int
) -> None:
    whole = read(went_on, multiplier)
    at_once = settle([whole], ALL)
    written: dict[date, WrittenEstimate] = {}
    arrived: list[Mark] = []

    # Values come one by one, and months are settled in between by what is known then.
    for place, mark in enumerate(Random(seed).sample(whole.life.marks, len(whole.life.marks))):  # noqa: S311 - an order
        arrived = sorted([*arrived, mark])
        known = replace(whole.metered, life=replace(whole.life, marks=arrived))
        so_far = replace(whole, metered=known, written=dict(written))
        with_written(so_far, written, settle([so_far], ALL[: place + 1]).estimates)
    last = replace(whole, written=dict(written))
    at_last = settle([last], ALL)
    with_written(last, written, at_last.estimates)

    assert contents(at_last) == contents(at_once)
    stand = {day: (each.value, each.method) for day, each in written.items()}
    for estimate in at_once.estimates:
        assert stand[estimate.day] == (estimate.value, estimate.method)


@holds_for(readings, multipliers)
def test_energy_billed_is_never_negative(
    went_on: list[Decimal | None], multiplier: Decimal
) -> None:
    billed = amounts(settle([read(went_on, multiplier)], ALL))

    assert all(amount is None or amount >= 0 for amount in billed)
