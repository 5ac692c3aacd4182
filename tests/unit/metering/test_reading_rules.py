"""What a register may show: for every register and every value, and in the cases that matter."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.models.metering.reading import MOST_CORRECTIONS, Source, Status
from app.models.metering.reading_rules import (
    Judgement,
    MeterNotInstalled,
    MeterRemoved,
    ReadingAboveNext,
    ReadingBelowPrevious,
    ReadingExceedsRegister,
    ReadingPeriodSettled,
    ReadingRefused,
    RegisterIsRemote,
    TooManyCorrections,
    TooManyDecimals,
    incomplete_zones,
    judge,
    why_not_typed,
)
from app.models.metering.reading_window import WindowRule
from app.models.metering.register_state import RegisterState
from app.models.metering.submission import TypedReading, judge_each
from app.models.metering.window_book import USUAL_GROUP, WindowBook
from tests.unit.metering.registers import (
    LAST_DAY,
    NOON,
    NOVEMBER,
    imaginable_registers,
    known,
    register,
    submitted,
    typed_values,
)

repeatably = settings(derandomize=True, database=None, deadline=None, max_examples=300)
OF_THE_PAST = (
    RegisterIsRemote,
    MeterNotInstalled,
    MeterRemoved,
    ReadingPeriodSettled,
    ReadingBelowPrevious,
    ReadingAboveNext,
)
"""Refusals that are not about the value alone."""
STEADY = ("700", "800", "900", "1000")
"""A hundred kilowatt-hours a month."""


def judged(state: RegisterState, value: str) -> Judgement:
    return judge(state, Decimal(value), period=NOVEMBER, as_of=LAST_DAY)


def findings(state: RegisterState, value: str) -> list[str]:
    return [finding.code.value for finding in judged(state, value).findings]


@repeatably
@given(imaginable_registers(), typed_values, st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_a_value_stands_or_is_refused_and_nothing_else_happens(
    state: RegisterState, value: Decimal, as_of: date
) -> None:
    with suppress(ReadingRefused):
        found = judge(state, value, period=NOVEMBER, as_of=as_of)

        assert 0 <= value <= state.highest
        assert found.consumption is None or found.consumption >= 0
        assert found.status in {Status.ACCEPTED, Status.IN_REVIEW}


@repeatably
@given(imaginable_registers(), st.integers(0, 10**9), st.dates(date(2026, 11, 1), LAST_DAY))
def test_what_a_register_can_show_is_never_said_to_have_too_many_digits(
    state: RegisterState, step: int, as_of: date
) -> None:
    value = Decimal(step).scaleb(-state.decimals) % state.scale.capacity

    with suppress(*OF_THE_PAST):
        judge(state, value, period=NOVEMBER, as_of=as_of)


@repeatably
@given(imaginable_registers(), st.integers(0, 10**9))
def test_the_form_refuses_what_a_submission_of_any_value_refuses(
    state: RegisterState, step: int
) -> None:
    told = why_not_typed(state, NOVEMBER)
    value = Decimal(step).scaleb(-state.decimals) % state.scale.capacity
    assume(state.submitted is None or state.submitted.value != value)

    refused = refusal_of_submission(state, value)

    if told is None:
        assert refused in {None, ReadingBelowPrevious.code, ReadingAboveNext.code}
    else:
        assert refused == told.code


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"newest": submitted("1090")}, None),
        ({"newest": submitted("1090", version=MOST_CORRECTIONS)}, None),
        ({"newest": submitted("1090", version=MOST_CORRECTIONS + 1)}, TooManyCorrections),
        ({"newest": submitted("1090", source=Source.REMOTE)}, ReadingPeriodSettled),
        ({"newest": submitted("1090", source=Source.OPERATOR)}, ReadingPeriodSettled),
        ({"newest": submitted("1090", source=Source.OPERATOR, kind="estimated")}, None),
        ({"is_period_settled": True}, ReadingPeriodSettled),
        ({"is_remote": True}, RegisterIsRemote),
        ({"is_remote": True, "is_period_settled": True}, RegisterIsRemote),
        ({"removed_on": NOVEMBER.starts_on}, MeterRemoved),
        ({"runs_from": NOVEMBER.ends_on}, MeterNotInstalled),
    ],
)
def test_the_form_and_a_submission_refuse_the_same_registers(
    changes: dict[str, Any], refusal: type[ReadingRefused] | None
) -> None:
    state = register(*STEADY, **changes)
    told = why_not_typed(state, NOVEMBER)

    assert (told and type(told)) is refusal
    assert refusal_of_submission(state, Decimal(1100)) == (refusal and refusal.code)


def refusal_of_submission(state: RegisterState, value: Decimal) -> str | None:
    window = WindowBook(usual=WindowRule(2, 3)).window(USUAL_GROUP, NOVEMBER)
    typed = TypedReading(state.register_id, value, None)
    [verdict] = judge_each([typed], [state], window=window, now=NOON)
    return verdict.code if isinstance(verdict, ReadingRefused) else None


@repeatably
@given(imaginable_registers(), st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_what_is_expected_can_be_shown(state: RegisterState, as_of: date) -> None:
    expected = state.expected(as_of)

    if expected is not None:
        assert 0 <= expected.low < state.scale.capacity
        assert 0 <= expected.high < state.scale.capacity
        assert 0 <= expected.low_energy <= expected.high_energy


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("1100", []),
        ("1050", []),
        ("1040", ["low_consumption"]),
        ("1000", ["zero_consumption"]),
        ("1200", ["high_consumption"]),
    ],
)
def test_what_is_unusual_is_found(value: str, codes: list[str]) -> None:
    assert findings(register(*STEADY), value) == codes


def test_what_is_far_out_is_looked_at() -> None:
    assert judged(register(*STEADY), "1200").status is Status.ACCEPTED
    assert judged(register(*STEADY), "1400").status is Status.IN_REVIEW


def test_without_a_past_nothing_is_unusual() -> None:
    first = judged(register(), "5")

    assert (first.consumption, first.expected, first.findings) == (None, None, ())


def test_a_verification_that_is_overdue_is_found() -> None:
    overdue = register(*STEADY, verification_due_on=date(2026, 11, 29))
    due = register(*STEADY, verification_due_on=LAST_DAY)

    assert findings(overdue, "1100") == ["verification_overdue"]
    assert findings(due, "1100") == []


@pytest.mark.parametrize(
    ("past", "value"),
    [
        (("999700", "999800", "999900", "999990"), "80"),  # as much as every month
        (("950000", "999000"), "500"),  # near the end, near the start, and too little history
    ],
)
def test_a_register_may_pass_zero(past: tuple[str, ...], value: str) -> None:
    found = judged(register(*past), value)

    assert found.findings[0].code.value == "rollover_suspected"
    assert found.consumption == 1_000_000 - Decimal(past[-1]) + Decimal(value)


@pytest.mark.parametrize(
    ("changes", "value", "refusal"),
    [
        ({"is_remote": True}, "1100", RegisterIsRemote),
        ({"removed_on": NOVEMBER.starts_on}, "1100", MeterRemoved),
        ({"runs_from": NOVEMBER.ends_on}, "1100", MeterNotInstalled),
        ({"newest": submitted("1100", source=Source.OPERATOR)}, "1100", ReadingPeriodSettled),
        ({}, "1100.55", TooManyDecimals),
        ({}, "1000000", ReadingExceedsRegister),
        ({}, "-1", ReadingExceedsRegister),
        ({}, "999.9", ReadingBelowPrevious),
        ({"following": known(NOVEMBER.shifted(1), "1150")}, "1150.1", ReadingAboveNext),
    ],
)
def test_what_cannot_be_true_is_refused(
    changes: dict[str, Any], value: str, refusal: type[ReadingRefused]
) -> None:
    with pytest.raises(refusal):
        judged(register(*STEADY, **changes), value)


@pytest.mark.parametrize(
    "changes",
    [
        {"removed_on": date(2026, 12, 1)},
        {"removed_on": date(2026, 11, 15)},
        {"runs_from": date(2026, 11, 30)},
        {"newest": submitted("1500", source=Source.OPERATOR, kind="estimated")},
        {"newest": submitted("1090")},
        {"newest": submitted("1090", source=Source.OPERATOR, status=Status.SUPERSEDED)},
        {"following": known(NOVEMBER.shifted(1), "1100")},
        {"following": known(NOVEMBER.shifted(1), "10")},  # it passed zero in between
    ],
)
def test_what_may_be_true_stands(changes: dict[str, Any]) -> None:
    assert judged(register(*STEADY, **changes), "1100").consumption == 100


def test_a_zone_without_its_sibling_is_incomplete() -> None:
    day = register(*STEADY, zone="day")
    night = register(*STEADY, zone="night", meter_id=day.meter_id)
    elsewhere = register(*STEADY)
    known_night = register(*STEADY, meter_id=day.meter_id, newest=submitted("1100"))

    assert incomplete_zones([day, night, elsewhere], [day.register_id]) == {day.register_id}
    assert incomplete_zones([day, night], [day.register_id, night.register_id]) == set()
    assert incomplete_zones([day, known_night], [day.register_id]) == set()
