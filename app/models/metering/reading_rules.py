"""What a register may show at the end of a period, and what would be unusual.

Pure rules over plain values. Sources: Code of Commercial Metering (NERC 311 of 14.03.2018),
8.6.3 for the window; validation sets of meter data management for the findings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from app.errors import AppError, Conflict, Invalid
from app.models.metering.reading import OPERATORS_OWN, Status
from app.models.metering.register_state import Range, RegisterState
from app.models.period import Period

FAR_OUT: Final = 2
"""Beyond this many times the highest expected, somebody looks at the reading."""
NEAR_THE_END: Final = Decimal("0.9")
"""The part of its range beyond which a register may soon pass zero."""


class ReadingRefused(AppError):
    field: ClassVar[str] = "value"
    """The field of the submitted reading that the refusal is about."""


class RegisterIsRemote(ReadingRefused, Conflict):
    code = "register_is_remote"
    field = "register_id"


class MeterRemoved(ReadingRefused, Conflict):
    code = "meter_removed"
    field = "register_id"


class ReadingPeriodSettled(ReadingRefused, Conflict):
    """The operator has read this register itself; that closes the period."""

    code = "reading_period_settled"
    field = "register_id"


class TooManyDecimals(ReadingRefused, Invalid):
    code = "too_many_decimals"


class ReadingExceedsRegister(ReadingRefused, Invalid):
    code = "reading_exceeds_register"


class ReadingBelowPrevious(ReadingRefused, Invalid):
    code = "reading_below_previous"


class ReadingAboveNext(ReadingRefused, Invalid):
    """A later period's reading is known already, and it is lower."""

    code = "reading_above_next"


class Unusual(StrEnum):
    HIGH_CONSUMPTION = "high_consumption"
    LOW_CONSUMPTION = "low_consumption"
    ZERO_CONSUMPTION = "zero_consumption"
    ROLLOVER_SUSPECTED = "rollover_suspected"
    ZONES_INCOMPLETE = "zones_incomplete"
    VERIFICATION_OVERDUE = "verification_overdue"


@dataclass(frozen=True, slots=True)
class Finding:
    code: Unusual
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A value that may stand, with what is unusual about it."""

    consumption: Decimal | None
    findings: tuple[Finding, ...]
    status: Status
    expected: Range | None


def judge(state: RegisterState, value: Decimal, *, period: Period, as_of: date) -> Judgement:
    """Return what to think of a value read on a day for a period.

    :raises ReadingRefused: the one of its subclasses that says why it cannot be true.
    """
    _require_typed_by_hand(state, as_of)
    _require_displayable(state, value)
    expected = state.expected(min(as_of, period.ends_on))
    has_rolled_over = _require_counting_up(state, value, expected)
    consumption = state.consumption(value)
    findings = [
        *([Finding(Unusual.ROLLOVER_SUSPECTED)] if has_rolled_over else []),
        *_consumption_findings(consumption, expected),
        *_verification_findings(state, as_of),
    ]
    is_far_out = (
        consumption is not None
        and expected is not None
        and consumption > FAR_OUT * expected.high_energy
    )
    status = Status.IN_REVIEW if is_far_out else Status.ACCEPTED
    return Judgement(consumption, tuple(findings), status, expected)


def incomplete_zones(states: Iterable[RegisterState], submitted: Sequence[UUID]) -> set[UUID]:
    """Return the submitted registers whose meter still lacks a sibling zone for the period."""
    groups: dict[tuple[UUID, str], list[RegisterState]] = {}
    for state in states:
        groups.setdefault((state.meter_id, state.energy), []).append(state)
    return {
        state.register_id
        for siblings in groups.values()
        if any(each.register_id not in submitted and each.current is None for each in siblings)
        for state in siblings
        if state.register_id in submitted
    }


def _require_typed_by_hand(state: RegisterState, as_of: date) -> None:
    if state.is_remote:
        raise RegisterIsRemote
    if state.removed_on is not None and state.removed_on <= as_of:
        raise MeterRemoved(removed_on=state.removed_on)
    if state.current is not None and state.current.source in OPERATORS_OWN:
        raise ReadingPeriodSettled


def _require_displayable(state: RegisterState, value: Decimal) -> None:
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > state.decimals:
        raise TooManyDecimals(decimals=state.decimals)
    if value < 0 or value > state.highest:
        raise ReadingExceedsRegister(highest=state.highest)


def _require_counting_up(state: RegisterState, value: Decimal, expected: Range | None) -> bool:
    """Return whether the register must have passed zero to show this."""
    previous = state.previous
    _require_below_next(state, value)
    if previous is None or value >= previous.value:
        return False
    passed = state.difference(value, previous.value)
    was_near_the_end = previous.value >= NEAR_THE_END * state.capacity
    is_near_the_start = value <= (1 - NEAR_THE_END) * state.capacity
    is_likely = expected is not None and passed * state.multiplier <= expected.high_energy
    if not (is_likely or (was_near_the_end and is_near_the_start)):
        raise ReadingBelowPrevious(previous=previous.value)
    return True


def _require_below_next(state: RegisterState, value: Decimal) -> None:
    following, previous = state.following, state.previous
    if following is None or (previous is not None and following.value < previous.value):
        return  # nothing is known, or the register passed zero in between
    if value > following.value:
        raise ReadingAboveNext(next=following.value)


def _consumption_findings(consumption: Decimal | None, expected: Range | None) -> list[Finding]:
    if consumption is None or expected is None:
        return []
    if consumption > expected.high_energy:
        facts = {"consumption": consumption, "high": expected.high_energy}
        return [Finding(Unusual.HIGH_CONSUMPTION, facts)]
    if consumption == 0 and expected.low_energy > 0:
        return [Finding(Unusual.ZERO_CONSUMPTION)]
    if consumption < expected.low_energy:
        facts = {"consumption": consumption, "low": expected.low_energy}
        return [Finding(Unusual.LOW_CONSUMPTION, facts)]
    return []


def _verification_findings(state: RegisterState, as_of: date) -> list[Finding]:
    due_on = state.verification_due_on
    if due_on is None or due_on >= as_of:
        return []
    return [Finding(Unusual.VERIFICATION_OVERDUE, {"verification_due_on": due_on})]
