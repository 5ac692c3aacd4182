"""Readings of many accounts at once, judged by the rules of a single submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.access import LinkScopeMissing, Permission, Reach
from app.errors import AppError, Invalid
from app.models.metering.reading_rules import ReadingRefused, incomplete_zones
from app.models.metering.reading_window import ReadingWindow, ReadingWindowClosed
from app.models.metering.register_state import AccountRegisters
from app.models.metering.submission import (
    JudgedReading,
    ReadingUnusual,
    RegisterNotFound,
    TypedReading,
    judge_each,
    require_usual,
    with_zones,
)
from app.models.period import Period

MOST_ITEMS: Final = 10_000
"""In one batch, and in one file."""


class BatchMode(StrEnum):
    ALL_OR_NOTHING = "all_or_nothing"
    """One reading that is refused keeps all others out."""
    INDEPENDENT = "independent"
    """Each reading stands or falls by itself."""


class Outcome(StrEnum):
    """What became of one item."""

    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    """The same value stood already."""
    WOULD_BE_RECORDED = "would_be_recorded"
    """In a dry run."""
    HELD_BACK = "held_back"
    """Good by itself, but another item of an `all_or_nothing` batch was refused."""
    REFUSED = "refused"


class RegisterAmbiguous(ReadingRefused, Invalid):
    """Two meters that run at the end of the period have such a register."""

    code = "register_ambiguous"
    field = "register_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAddress:
    """How an item names its register: by id; by account, meter and code; or by point and code."""

    register_id: UUID | None = None
    account_number: str | None = None
    meter_serial: str | None = None
    eic: str | None = None
    register_code: str | None = None


@dataclass(frozen=True, slots=True)
class BatchItem:
    address: RegisterAddress
    value: Decimal
    taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBatch:
    """What a member hands in at once about all accounts of the cabinet."""

    period: Period | None
    """None means the oldest period whose window is open."""
    items: Sequence[BatchItem]
    mode: BatchMode
    confirm_unusual: bool
    dry_run: bool
    source: str

    @property
    def needs_no_confirmation(self) -> bool:
        return self.confirm_unusual or self.dry_run


@dataclass(frozen=True, slots=True)
class PlacedRegister:
    """A register that an address means, and by what right the cabinet shows its account."""

    register_id: UUID
    meter_id: UUID
    account_id: UUID
    organization_id: UUID
    """The account's company."""
    reach: Reach
    runs_from: date
    runs_until: date | None

    def runs_at_end_of(self, period: Period) -> bool:
        ends_on = period.ends_on
        return self.runs_from < ends_on and (self.runs_until is None or self.runs_until >= ends_on)


@dataclass(slots=True)
class ItemVerdict:
    """What to think of one item: its refusal, or the reading that may stand."""

    index: int
    item: BatchItem
    place: PlacedRegister | None = None
    refusal: AppError | None = None
    judged: JudgedReading | None = None
    outcome: Outcome = Outcome.REFUSED
    reading_id: UUID | None = None

    @property
    def typed(self) -> TypedReading:
        if self.place is None:
            raise ValueError("an item without a register cannot be judged")
        return TypedReading(self.place.register_id, self.item.value, self.item.taken_at)


def meant(found: Sequence[PlacedRegister], period: Period) -> PlacedRegister:
    """Return the register that an address means: of several meters the one that runs at the end.

    :raises RegisterNotFound: the cabinet shows no such register.
    :raises RegisterAmbiguous: two such meters run at the end of the period.
    """
    if not found:
        raise RegisterNotFound(variant="cabinet")
    running = [place for place in found if place.runs_at_end_of(period)]
    if len(running) > 1:
        raise RegisterAmbiguous
    return running[0] if running else max(found, key=lambda place: place.runs_from)


def place(
    verdicts: Sequence[ItemVerdict],
    found: Mapping[int, Sequence[PlacedRegister]],
    period: Period,
) -> None:
    """Note which register each item means, and refuse those that the caller may not submit."""
    for verdict in verdicts:
        if verdict.refusal is not None:
            continue
        try:
            verdict.place = meant(found.get(verdict.index, ()), period)
            verdict.place.reach.require(Permission.SUBMIT_READINGS)
        except AppError as refusal:
            verdict.refusal = refusal


def judge_account(
    verdicts: Sequence[ItemVerdict],
    account: AccountRegisters | None,
    *,
    batch: ReadingBatch,
    window: ReadingWindow,
    now: datetime,
) -> None:
    """Judge the items of one account by the rules of a single submission.

    None means an account that the cabinet has ceased to show since its registers were found.

    Alone, a reading that is refused leaves the other zones of its meter incomplete. Where all
    stand or fall together, it counts as handed in: once it is right, they are complete.
    """
    refusal = _refusal_of(account, window, now)
    if account is None or refusal is not None:
        for verdict in verdicts:
            verdict.judged, verdict.refusal = None, refusal
        return
    states = account.registers
    typed = [verdict.typed for verdict in verdicts]
    for verdict, judged in zip(
        verdicts, judge_each(typed, states, window=window, now=now), strict=True
    ):
        _note(verdict, judged, batch)
    is_alone = batch.mode is BatchMode.INDEPENDENT
    handed_in = {
        reading.register_id
        for reading, verdict in zip(typed, verdicts, strict=True)
        if not (is_alone and verdict.refusal is not None)
    }
    lacking = incomplete_zones(states, handed_in)
    for verdict in verdicts:
        if verdict.judged is not None:
            _note(verdict, with_zones(verdict.judged, lacking).without_past(), batch)


def settle_outcomes(batch: ReadingBatch, verdicts: Sequence[ItemVerdict]) -> None:
    """Say what becomes of each item, once all of those that stand or fall together are judged."""
    is_kept_out = batch.mode is BatchMode.ALL_OR_NOTHING and any(
        verdict.refusal is not None for verdict in verdicts
    )
    for verdict in verdicts:
        if verdict.refusal is not None or verdict.judged is None:
            verdict.outcome = Outcome.REFUSED
        elif verdict.judged.is_same:
            verdict.outcome = Outcome.UNCHANGED
        elif is_kept_out:
            verdict.outcome = Outcome.HELD_BACK
        elif batch.dry_run:
            verdict.outcome = Outcome.WOULD_BE_RECORDED
        else:
            verdict.outcome = Outcome.RECORDED


def _refusal_of(
    account: AccountRegisters | None, window: ReadingWindow, now: datetime
) -> AppError | None:
    """Return why nothing is taken of an account."""
    if account is None:
        return RegisterNotFound(variant="cabinet")
    try:
        account.reach.require(Permission.SUBMIT_READINGS)
        window.require_open(now)
    except (LinkScopeMissing, ReadingWindowClosed) as refusal:
        return refusal
    return None


def _note(
    verdict: ItemVerdict, judged: JudgedReading | ReadingRefused, batch: ReadingBatch
) -> None:
    if isinstance(judged, ReadingRefused):
        verdict.judged, verdict.refusal = None, judged
        return
    verdict.judged, verdict.refusal = judged, None
    if batch.needs_no_confirmation:
        return
    try:
        require_usual([judged])
    except ReadingUnusual as unusual:
        verdict.refusal = unusual
