import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import Clock, kyiv_date
from app.database import Database
from app.errors import Busy, NotFound
from app.models import new_id
from app.models.idempotency_key import Once
from app.models.period import Period
from app.models.reading import Kind, Source
from app.models.reading_rules import (
    MeterRemoved,
    ReadingAboveNext,
    ReadingBelowPrevious,
    ReadingExceedsRegister,
    ReadingPeriodSettled,
    RegisterIsRemote,
    TooManyDecimals,
)
from app.models.reading_window import ReadingWindow, ReadingWindowClosed, WindowRule, WindowState
from app.models.register import Energy
from app.models.register_state import RegisterState, Submitted
from app.models.submission import (
    HandedIn,
    JudgedReading,
    ReadingTimeImpossible,
    ReadingUnusual,
    RegisterNotFound,
    RegisterRepeated,
    TypedReading,
)
from app.origin import Origin
from app.repositories.idempotency_keys import IdempotencyKeyView
from app.repositories.reading_forms import ReadingFormView
from app.repositories.reading_submissions import NewReading, ReadingSubmissionView, Submission
from app.repositories.readings import RecordedReading

__all__ = [
    "HandedIn",
    "MeterRemoved",
    "ReadingAboveNext",
    "ReadingBelowPrevious",
    "ReadingExceedsRegister",
    "ReadingForm",
    "ReadingPeriodSettled",
    "ReadingSubmissionService",
    "ReadingTimeImpossible",
    "ReadingUnusual",
    "ReadingWindowClosed",
    "RegisterIsRemote",
    "RegisterNotFound",
    "RegisterRepeated",
    "SubmittedReadings",
    "TooManyDecimals",
    "TypedReading",
]

TRIES: Final = 3
"""How often a submission looks again when somebody else was faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingForm:
    """All a client needs for "two clicks"."""

    account_id: UUID
    window: ReadingWindow
    state: WindowState
    as_of: date
    registers: list[RegisterState]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedReadings:
    period: Period
    items: list[RecordedReading]
    receipt_id: UUID | None
    is_new: bool
    """Something was recorded: not a dry run, nor a repetition of what stands already."""

    @property
    def consumption_kwh(self) -> Decimal | None:
        """Active energy taken from the network; None when no register has a past."""
        known = [
            item.consumption_kwh
            for item in self.items
            if item.energy == Energy.ACTIVE_IMPORT and item.consumption_kwh is not None
        ]
        return sum(known, Decimal(0)) if known else None


class ReadingSubmissionService:
    def __init__(self, *, database: Database, clock: Clock, window_rule: WindowRule) -> None:
        self._database = database
        self._clock = clock
        self._window_rule = window_rule

    async def form(self, credentials: Credentials, account_id: UUID) -> ReadingForm:
        """Return the open period and every register with what it showed and should show.

        :raises NotFound: the account is not in the caller's cabinet.
        """
        now = self._clock.now()
        window = self._window_rule.current(now)
        async with self._database.connect() as connection:
            caller, registers = await ReadingFormView(connection).of_account(
                account_id, period=window.period, credentials=credentials, now=now
            )
        permitted(caller, Permission.VIEW_READINGS)
        if registers is None:
            raise NotFound
        return ReadingForm(
            account_id=account_id,
            window=window,
            state=window.state(now),
            as_of=min(kyiv_date(now), window.period.ends_on),
            registers=registers,
        )

    async def submit(
        self,
        credentials: Credentials,
        account_id: UUID,
        handed_in: HandedIn,
        *,
        origin: Origin,
        once: Once[SubmittedReadings] | None = None,
    ) -> SubmittedReadings:
        """Take what registers showed at the end of a period; all of it, or nothing.

        Within the window a later value takes the place of an earlier one; the same value again
        is the same reading.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises ReadingWindowClosed: the period's readings are not taken now.
        :raises ReadingRefused: a value cannot be true; see `judge_together`.
        :raises ReadingUnusual: a value is surprising and nobody has confirmed it.
        :raises Busy: others were faster every time.
        """
        now = self._clock.now()
        window = self._window_rule.meant(now, handed_in.period)
        for _ in range(TRIES):
            async with self._database.connect() as connection:
                caller, states = await ReadingFormView(connection).of_registers(
                    [reading.register_id for reading in handed_in.readings],
                    account_id=account_id,
                    period=window.period,
                    credentials=credentials,
                    now=now,
                )
                permitted(caller, Permission.SUBMIT_READINGS)
                if states is None:
                    raise NotFound
                judged = handed_in.judge(states, window=window, now=now)
                submission = _submission(judged, account_id, window.period, origin, now)
                if handed_in.dry_run or not submission.readings:
                    unchanged = _unchanged(judged, window.period, now, dry_run=handed_in.dry_run)
                    await IdempotencyKeyView(connection).settle(once, unchanged)
                    return unchanged
                recorded = _recorded(judged, submission)
                answer = (once.claim, once.sealed(recorded)) if once else None
                view = ReadingSubmissionView(connection)
                if await view.record(submission, credentials=credentials, answer=answer):
                    return recorded
        raise Busy(retry_after=1)


def _submission(
    judged: Sequence[JudgedReading],
    account_id: UUID,
    period: Period,
    origin: Origin,
    now: datetime,
) -> Submission:
    changed = [reading for reading in judged if not reading.is_same]
    return Submission(
        receipt_id=new_id(),
        audit_id=new_id(),
        account_id=account_id,
        period=period,
        submitted_at=now,
        source=Source.CABINET,
        digest=_digest(account_id, period, changed, now),
        address=origin.address,
        readings=tuple(_new(reading) for reading in changed),
    )


def _new(reading: JudgedReading) -> NewReading:
    state = reading.state
    return NewReading(
        id=new_id(),
        register_id=state.register_id,
        version=state.newest.version + 1 if state.newest else 1,
        value=reading.value,
        taken_at=reading.taken_at,
        status=reading.status,
        findings=tuple(finding.code for finding in reading.findings),
        supersedes=state.current.id if state.current else None,
        previous_id=state.previous.id if state.previous else None,
    )


def _digest(
    account_id: UUID, period: Period, readings: Sequence[JudgedReading], now: datetime
) -> str:
    values = sorted((str(each.state.register_id), str(each.value)) for each in readings)
    canonical = json.dumps([str(account_id), str(period), now.isoformat(), values])
    return hashlib.sha256(canonical.encode()).hexdigest()


def _unchanged(
    judged: Sequence[JudgedReading], period: Period, now: datetime, *, dry_run: bool
) -> SubmittedReadings:
    """Return what stands already; in a dry run also what would be recorded."""
    standing = [
        current
        for reading in judged
        if (current := reading.state.current) is not None and current.receipt_id is not None
    ]
    newest = max(standing, key=lambda current: current.submitted_at, default=None)
    return SubmittedReadings(
        period=period,
        items=[_item(reading, period, now, None) for reading in judged],
        receipt_id=newest.receipt_id if newest and not dry_run else None,
        is_new=False,
    )


def _recorded(judged: Sequence[JudgedReading], submission: Submission) -> SubmittedReadings:
    new = {reading.register_id: reading for reading in submission.readings}
    return SubmittedReadings(
        period=submission.period,
        items=[
            _item(
                reading,
                submission.period,
                submission.submitted_at,
                new.get(reading.state.register_id),
            )
            for reading in judged
        ],
        receipt_id=submission.receipt_id,
        is_new=True,
    )


def _item(
    reading: JudgedReading, period: Period, now: datetime, new: NewReading | None
) -> RecordedReading:
    state, current = reading.state, reading.state.current
    if reading.is_same and current is not None:
        return _standing(reading, current)
    return RecordedReading(
        id=new.id if new else None,
        register_id=state.register_id,
        period=period,
        version=new.version if new else 0,
        value=reading.value,
        taken_at=reading.taken_at,
        submitted_at=now,
        source=Source.CABINET,
        status=reading.status,
        kind=Kind.ACTUAL,
        consumption_kwh=reading.judgement.consumption,
        findings=tuple(finding.code for finding in reading.findings),
        supersedes=current.id if current else None,
        energy=state.energy,
    )


def _standing(reading: JudgedReading, current: Submitted) -> RecordedReading:
    return RecordedReading(
        id=current.id,
        register_id=reading.state.register_id,
        period=current.period,
        version=current.version,
        value=current.value,
        taken_at=current.taken_at,
        submitted_at=current.submitted_at,
        source=current.source,
        status=current.status,
        kind=current.kind,
        consumption_kwh=reading.judgement.consumption,
        findings=current.findings,
        supersedes=current.supersedes,
        energy=reading.state.energy,
    )
