"""What a register may show at the end of a period, and what would be unusual.

Pure rules over plain values. Sources: Code of Commercial Metering (NERC 311 of 14.03.2018),
8.6.3 for the window; validation sets of meter data management for the findings.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from app.errors import AppError, Conflict, Invalid
from app.models.metering.energy.spans import Span, Unknown
from app.models.metering.reading import MOST_CORRECTIONS, Status
from app.models.metering.register_state import Range, RegisterState
from app.models.period import Period

FAR_OUT: Final = 2
"""Beyond this many times the highest expected, somebody looks at the reading."""


class ReadingRefused(AppError):
    field: ClassVar[str] = "value"
    """The field of the submitted reading that the refusal is about."""


class RegisterIsRemote(ReadingRefused, Conflict):
    code = "register_is_remote"
    field = "register_id"


class MeterRemoved(ReadingRefused, Conflict):
    code = "meter_removed"
    field = "register_id"


class MeterNotInstalled(ReadingRefused, Conflict):
    """The period ended before the meter was installed, or before the account had the point."""

    code = "meter_not_installed"
    field = "register_id"


class ReadingPeriodSettled(ReadingRefused, Conflict):
    """The period is settled, or the operator has read this register itself."""

    code = "reading_period_settled"
    field = "register_id"


class TooManyCorrections(ReadingRefused, Conflict):
    """The value of this register and day has been replaced as often as it may be."""

    code = "too_many_corrections"


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
    _require_typed_by_hand(state, period)
    _require_displayable(state, value)
    _require_below_next(state, value)
    span, expected = state.span_to(value), state.expected(as_of)
    findings = [
        *_rollover_findings(state, value, span),
        *_consumption_findings(span, expected),
        *_verification_findings(state, as_of),
    ]
    status = Status.IN_REVIEW if _is_far_out(span, expected) else Status.ACCEPTED
    return Judgement(span.energy if span else None, tuple(findings), status, expected)


def why_not_typed(state: RegisterState, period: Period) -> ReadingRefused | None:
    """Return what a new value of a register is refused with, whatever it is; None if it may stand.

    What is wrong with one value alone, and whether the window is open, are other questions.
    """
    try:
        _require_typed_by_hand(state, period)
        require_correctable(state)
    except ReadingRefused as refusal:
        return refusal
    return None


def require_correctable(state: RegisterState) -> None:
    """Let pass what does not replace a value once too often.

    :raises TooManyCorrections: 50 corrections stand already; the operator may still correct it.
    """
    if state.newest is not None and state.newest.version > MOST_CORRECTIONS:
        raise TooManyCorrections(most=MOST_CORRECTIONS)


def incomplete_zones(states: Iterable[RegisterState], submitted: Collection[UUID]) -> set[UUID]:
    """Return the submitted registers whose meter still lacks a sibling zone for the period."""
    groups: dict[tuple[UUID, str], list[RegisterState]] = {}
    for state in states:
        groups.setdefault((state.meter_id, state.energy), []).append(state)
    return {
        state.register_id
        for siblings in groups.values()
        if any(each.register_id not in submitted and each.submitted is None for each in siblings)
        for state in siblings
        if state.register_id in submitted
    }


def _require_typed_by_hand(state: RegisterState, period: Period) -> None:
    life = state.life
    if state.is_remote:
        raise RegisterIsRemote
    if life.runs_until is not None and life.runs_until <= period.starts_on:
        raise MeterRemoved(removed_on=life.runs_until)
    if life.runs_from is not None and life.runs_from >= state.read_on:
        raise MeterNotInstalled(installed_on=life.runs_from)
    if state.is_settled:
        raise ReadingPeriodSettled


def _require_displayable(state: RegisterState, value: Decimal) -> None:
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > state.decimals:
        raise TooManyDecimals(decimals=state.decimals)
    if value < 0 or value > state.highest:
        raise ReadingExceedsRegister(highest=state.highest)


def _require_below_next(state: RegisterState, value: Decimal) -> None:
    following, last = state.following, state.last
    if following is None or (last is not None and following.value < last.value):
        return  # nothing is known, or the register passed zero in between
    if value > following.value:
        raise ReadingAboveNext(next=following.value)


def _rollover_findings(state: RegisterState, value: Decimal, span: Span | None) -> list[Finding]:
    """Return whether the register must have passed zero to show this.

    :raises ReadingBelowPrevious: it shows less than before, and that it did is not likely.
    """
    if span is None or state.last is None or value >= state.last.value:
        return []
    if span.unknown is Unknown.REGISTER_FELL:
        raise ReadingBelowPrevious(previous=state.last.value)
    return [] if span.energy is None else [Finding(Unusual.ROLLOVER_SUSPECTED)]


def _is_far_out(span: Span | None, expected: Range | None) -> bool:
    if span is None or span.energy is None or expected is None:
        return False
    return span.energy > FAR_OUT * expected.high_energy


def _consumption_findings(span: Span | None, expected: Range | None) -> list[Finding]:
    if span is None or span.energy is None or expected is None:
        return []
    energy = span.energy
    if energy > expected.high_energy:
        facts = {"consumption": energy, "high": expected.high_energy}
        return [Finding(Unusual.HIGH_CONSUMPTION, facts)]
    if energy == 0 and expected.low_energy > 0:
        return [Finding(Unusual.ZERO_CONSUMPTION)]
    if energy < expected.low_energy:
        facts = {"consumption": energy, "low": expected.low_energy}
        return [Finding(Unusual.LOW_CONSUMPTION, facts)]
    return []


def _verification_findings(state: RegisterState, as_of: date) -> list[Finding]:
    due_on = state.verification_due_on
    if due_on is None or due_on >= as_of:
        return []
    return [Finding(Unusual.VERIFICATION_OVERDUE, {"verification_due_on": due_on})]
