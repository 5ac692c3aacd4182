"""What a reading form shows, and what handing in readings leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.models.base import new_id
from app.models.metering.reading import Kind, Source
from app.models.metering.reading_window import ReadingWindow, WindowState
from app.models.metering.receipt_chain import SubmittedValue, digest_text, sha256
from app.models.metering.recorded_reading import RecordedReading
from app.models.metering.register import Energy
from app.models.metering.register_state import CurrentReading, RegisterState
from app.models.metering.submission import JudgedReading
from app.models.period import Period
from app.origin import Origin
from app.repositories.metering.reading_submissions import NewReading, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingForm:
    """All a client needs for "two clicks"."""

    account_id: UUID
    window: ReadingWindow
    state: WindowState
    as_of: date
    may_submit: bool
    """The member's role and, of another company's account, the link's scope permit it."""
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


def new_submission(
    account_id: UUID,
    period: Period,
    judged: Sequence[JudgedReading],
    *,
    now: datetime,
    origin: Origin,
    source: Source,
    windows_version: int,
) -> Submission:
    """Return what is to be recorded of readings that may stand: those that say something new."""
    changed = [reading for reading in judged if not reading.is_same]
    return Submission(
        receipt_id=new_id(),
        audit_id=new_id(),
        account_id=account_id,
        period=period,
        windows_version=windows_version,
        submitted_at=now,
        source=source,
        digest=_digest(account_id, period, changed, now),
        address=origin.address,
        readings=tuple(_new(reading) for reading in changed),
    )


def _new(reading: JudgedReading) -> NewReading:
    state = reading.state
    return NewReading(
        id=new_id(),
        register_id=state.register_id,
        revision=state.revision,
        read_on=state.read_on,
        event=state.event,
        version=state.newest.version + 1 if state.newest else 1,
        value=reading.value,
        taken_at=reading.taken_at,
        status=reading.status,
        findings=tuple(finding.code for finding in reading.findings),
        supersedes=state.current.id if state.current else None,
    )


def _digest(
    account_id: UUID, period: Period, readings: Sequence[JudgedReading], now: datetime
) -> str:
    values = [
        SubmittedValue(each.state.register_id, each.state.read_on, each.value) for each in readings
    ]
    return sha256(digest_text(account_id, period, now, values))


def unchanged(
    judged: Sequence[JudgedReading], period: Period, now: datetime, *, dry_run: bool
) -> SubmittedReadings:
    """Return what stands already; in a dry run also what would be recorded."""
    standing = [
        current
        for reading in judged
        if (current := reading.state.submitted) is not None and current.receipt_id is not None
    ]
    newest = max(standing, key=lambda current: current.submitted_at, default=None)
    return SubmittedReadings(
        period=period,
        items=[_item(reading, period, now, None) for reading in judged],
        receipt_id=newest.receipt_id if newest and not dry_run else None,
        is_new=False,
    )


def recorded(judged: Sequence[JudgedReading], submission: Submission) -> SubmittedReadings:
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
    state = reading.state
    if reading.is_same and state.submitted is not None:
        return _standing(reading, state.submitted)
    return RecordedReading(
        id=new.id if new else None,
        register_id=state.register_id,
        period=period,
        read_on=state.read_on,
        event=state.event,
        version=new.version if new else 0,
        value=reading.value,
        taken_at=reading.taken_at,
        submitted_at=now,
        source=Source.CABINET,
        status=reading.status,
        kind=Kind.ACTUAL,
        consumption_kwh=reading.judgement.consumption,
        findings=tuple(finding.code for finding in reading.findings),
        supersedes=state.current.id if state.current else None,
        energy=state.energy,
        submitted_by=None,
        review=None,
    )


def _standing(reading: JudgedReading, current: CurrentReading) -> RecordedReading:
    return RecordedReading(
        id=current.id,
        register_id=reading.state.register_id,
        period=current.period,
        read_on=reading.state.read_on,
        event=current.event,
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
        submitted_by=current.submitted_by,
        review=current.review,
    )
