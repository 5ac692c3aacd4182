"""What a member hands in at once, judged as a whole: all of it may stand, or none."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Self
from uuid import UUID

from app.clock import kyiv_date, kyiv_midnight
from app.errors import Conflict, Flaw, Invalid, NotFound
from app.models.metering.reading import Status
from app.models.metering.reading_rules import (
    Finding,
    Judgement,
    ReadingRefused,
    Unusual,
    incomplete_zones,
    judge,
    require_correctable,
)
from app.models.metering.reading_window import ReadingWindow
from app.models.metering.register_state import RegisterState
from app.models.period import Period

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far ahead of ours a phone's clock may be."""


class RegisterNotFound(ReadingRefused, NotFound):
    """There is no such register on this account."""

    code = "register_not_found"
    field = "register_id"


class RegisterRepeated(ReadingRefused, Invalid):
    """One submission names the same register twice."""

    code = "register_repeated"
    field = "register_id"


class ReadingTimeImpossible(ReadingRefused, Invalid):
    """Read in the future, or before the window opened."""

    code = "reading_time_impossible"
    field = "taken_at"


class ReadingUnusual(Conflict):
    """The values may be right; whoever sends them again with `confirm_unusual` says so."""

    code = "reading_unusual"
    members = ("findings", "expected")


@dataclass(frozen=True, slots=True)
class TypedReading:
    """What somebody saw on a register."""

    register_id: UUID
    value: Decimal
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class JudgedReading:
    """A value that may stand; `is_same` when the period's current reading says so already."""

    state: RegisterState
    value: Decimal
    taken_at: datetime
    judgement: Judgement
    is_same: bool

    @property
    def status(self) -> Status:
        return self.judgement.status

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.judgement.findings

    def without_past(self) -> Self:
        return replace(self, state=self.state.without_past())

    def with_finding(self, finding: Finding) -> Self:
        judgement = replace(self.judgement, findings=(*self.findings, finding))
        return replace(self, judgement=judgement)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsToSubmit:
    """What a member hands in at once about one account."""

    period: Period | None
    """None means the oldest period whose window is open."""
    readings: Sequence[TypedReading]
    confirm_unusual: bool
    dry_run: bool

    @property
    def register_ids(self) -> list[UUID]:
        return [reading.register_id for reading in self.readings]

    def judge(
        self, states: Sequence[RegisterState], *, window: ReadingWindow, now: datetime
    ) -> list[JudgedReading]:
        """Return what may stand, in the order in which it came.

        :raises ReadingWindowClosed: the period's readings are not taken now.
        :raises ReadingRefused: a value cannot be true.
        :raises ReadingUnusual: a value is surprising, and nobody says that it is right.
        """
        window.require_open(now)
        judged = judge_together(self.readings, states, window=window, now=now)
        if not (self.confirm_unusual or self.dry_run):
            require_usual(judged)
        return judged


def judge_together(
    typed: Sequence[TypedReading],
    states: Sequence[RegisterState],
    *,
    window: ReadingWindow,
    now: datetime,
) -> list[JudgedReading]:
    """Return what to think of each reading, in the order in which they came.

    :raises ReadingRefused: the first refusal, whose flaws name every reading that is refused.
    """
    verdicts = judge_each(typed, states, window=window, now=now)
    refused = [
        (index, verdict)
        for index, verdict in enumerate(verdicts)
        if isinstance(verdict, ReadingRefused)
    ]
    if refused:
        first = refused[0][1]
        first.flaws = [
            Flaw(f"/readings/{index}/{refusal.field}", refusal.code, refusal.facts)
            for index, refusal in refused
        ]
        raise first
    judged = [verdict for verdict in verdicts if isinstance(verdict, JudgedReading)]
    lacking = incomplete_zones(states, [reading.state.register_id for reading in judged])
    return [with_zones(reading, lacking) for reading in judged]


def judge_each(
    typed: Sequence[TypedReading],
    states: Sequence[RegisterState],
    *,
    window: ReadingWindow,
    now: datetime,
) -> list[JudgedReading | ReadingRefused]:
    """Return what to think of each reading by itself, in the order in which they came."""
    by_id = {state.register_id: state for state in states}
    seen: set[UUID] = set()
    verdicts: list[JudgedReading | ReadingRefused] = []
    for reading in typed:
        try:
            if reading.register_id in seen:
                raise RegisterRepeated
            seen.add(reading.register_id)
            verdicts.append(_judge(reading, by_id, window, now))
        except ReadingRefused as refusal:
            verdicts.append(refusal)
    return verdicts


def with_zones(reading: JudgedReading, lacking: Container[UUID]) -> JudgedReading:
    """Add the finding that other zones of the meter are lacking, where they are."""
    if reading.state.register_id not in lacking:
        return reading
    return reading.with_finding(Finding(Unusual.ZONES_INCOMPLETE))


def require_usual(judged: Sequence[JudgedReading]) -> None:
    """Let pass what is as expected, and what stands already.

    :raises ReadingUnusual: with every finding, and the values that were expected.
    """
    findings = [
        Flaw(f"/readings/{index}/value", finding.code, finding.facts)
        for index, reading in enumerate(judged)
        if not reading.is_same
        for finding in reading.findings
    ]
    if not findings:
        return
    expected = [
        {"register_id": str(reading.state.register_id), **_bounds(reading)}
        for reading in judged
        if reading.findings and not reading.is_same
    ]
    raise ReadingUnusual(flaws=findings, findings=findings, expected=expected)


def _judge(
    reading: TypedReading, by_id: dict[UUID, RegisterState], window: ReadingWindow, now: datetime
) -> JudgedReading:
    state = by_id.get(reading.register_id)
    if state is None:
        raise RegisterNotFound
    taken_at = reading.taken_at or _usual_moment(state, now)
    opens_at = _usual_moment(state, window.opens_at)
    if not opens_at <= taken_at <= now + CLOCK_SKEW:
        raise ReadingTimeImpossible(opens_at=opens_at, now=now)
    judgement = judge(state, reading.value, period=window.period, as_of=kyiv_date(taken_at))
    is_same = state.submitted is not None and state.submitted.value == reading.value
    if not is_same:
        require_correctable(state)
    return JudgedReading(state, reading.value, taken_at, judgement, is_same)


def _usual_moment(state: RegisterState, now: datetime) -> datetime:
    """Return when a register is read unless somebody says otherwise: the latest when it ends."""
    if state.life.runs_until != state.read_on:
        return now
    return min(now, kyiv_midnight(state.read_on))


def _bounds(reading: JudgedReading) -> dict[str, str | None]:
    expected = reading.judgement.expected
    if expected is None:
        return {"low": None, "high": None}
    return {"low": str(expected.low), "high": str(expected.high)}
