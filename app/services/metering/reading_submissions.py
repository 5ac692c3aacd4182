import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access import Credentials, LinkScopeMissing, Permission, may, permitted
from app.clock import kyiv_date
from app.errors import Busy, NotFound
from app.models.base import new_id
from app.models.idempotency_key import PendingAnswer
from app.models.metering.actions import MeteringAction
from app.models.metering.reading import Source
from app.models.metering.reading_window import WindowRule
from app.models.metering.submission import (
    JudgedReading,
    ReadingsToSubmit,
)
from app.models.period import Period
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.customers.shared_accounts import SharedAccountRepository
from app.repositories.idempotency_keys import IdempotencyKeyStatements
from app.repositories.limits import LimitRepository
from app.repositories.metering.reading_forms import ReadingFormView
from app.repositories.metering.reading_submissions import (
    NewReading,
    ReadingSubmissionStatements,
    Submission,
)
from app.services.context import Context
from app.services.metering.submission_outcomes import (
    ReadingForm,
    SubmittedReadings,
    recorded,
    unchanged,
)

TRIES: Final = 64
"""How often a submission looks again when somebody else was faster. Of those who try at once one
always succeeds, so as many may submit the same register at once, each a few milliseconds a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSubmissionService:
    context: Context
    window_rule: WindowRule

    async def form(self, credentials: Credentials, account_id: UUID) -> ReadingForm:
        """Return the open period and every register with what it showed and should show.

        :raises NotFound: the account is not in the caller's cabinet.
        """
        now = self.context.clock.now()
        window = self.window_rule.current(now)
        async with self.context.database.connect() as connection:
            caller, found = await ReadingFormView(connection).of_account(
                account_id, period=window.period, credentials=credentials, now=now
            )
        caller = permitted(caller, Permission.VIEW_READINGS)
        if found is None:
            raise NotFound
        return ReadingForm(
            account_id=account_id,
            window=window,
            state=window.state(now),
            as_of=min(kyiv_date(now), window.period.ends_on),
            may_submit=may(caller, Permission.SUBMIT_READINGS, found.reach),
            registers=found.registers,
        )

    async def submit(
        self,
        credentials: Credentials,
        account_id: UUID,
        handed_in: ReadingsToSubmit,
        *,
        origin: Origin,
        once: PendingAnswer[SubmittedReadings] | None = None,
    ) -> SubmittedReadings:
        """Take what registers showed at the end of a period; all of it, or nothing.

        Within the window a later value takes the place of an earlier one; the same value again
        is the same reading.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises LinkScopeMissing: its company has not permitted the caller's to submit; both
            companies' trails hold the try.
        :raises ReadingWindowClosed: the period's readings are not taken now.
        :raises ReadingRefused: a value cannot be true; see `judge_together`.
        :raises ReadingUnusual: a value is surprising and nobody has confirmed it.
        :raises Busy: others were faster every time.
        """
        now = self.context.clock.now()
        try:
            submitted, told = await self._submit(
                credentials, account_id, handed_in, origin, now, once
            )
        except LinkScopeMissing as refusal:
            await self._record_refusal(credentials, account_id, refusal.code, origin, now)
            raise
        if told:
            # The SMS is queued with the readings; a crash before this line only forgets its price.
            async with self.context.database.begin() as session:
                uses = self.context.limits.telling_of_strangers(told)
                await LimitRepository(session).charge(uses, now=now)
        return submitted

    async def _submit(
        self,
        credentials: Credentials,
        account_id: UUID,
        handed_in: ReadingsToSubmit,
        origin: Origin,
        now: datetime,
        once: PendingAnswer[SubmittedReadings] | None,
    ) -> tuple[SubmittedReadings, int]:
        """Return what was submitted, and how many SMS tell of it."""
        window = self.window_rule.meant(now, handed_in.period)
        for _ in range(TRIES):
            async with self.context.database.connect() as connection:
                caller, found = await ReadingFormView(connection).of_registers(
                    [reading.register_id for reading in handed_in.readings],
                    account_id=account_id,
                    period=window.period,
                    credentials=credentials,
                    now=now,
                )
                permitted(caller, Permission.SUBMIT_READINGS)
                if found is None:
                    raise NotFound
                found.reach.require(Permission.SUBMIT_READINGS)
                judged = handed_in.judge(found.registers, window=window, now=now)
                submission = _submission(judged, account_id, window.period, origin, now)
                if handed_in.dry_run or not submission.readings:
                    standing = unchanged(judged, window.period, now, dry_run=handed_in.dry_run)
                    await IdempotencyKeyStatements(connection).settle(once, standing)
                    return standing, 0
                new = recorded(judged, submission)
                done = await ReadingSubmissionStatements(connection).record(
                    submission,
                    credentials=credentials,
                    answer=(once.claim, once.sealed(new)) if once else None,
                    is_own=found.reach.is_own,
                )
                if done.is_recorded:
                    return new, done.told
        raise Busy(retry_after=1)

    async def _record_refusal(
        self,
        credentials: Credentials,
        account_id: UUID,
        code: str,
        origin: Origin,
        now: datetime,
    ) -> None:
        async with self.context.database.begin() as session:
            owner_id = await SharedAccountRepository(session).shared_by(
                account_id, organization_id=credentials.organization_id
            )
            if owner_id is None:
                return
            await AuditWriter.of_member(session, credentials, origin, now).record_refusal(
                MeteringAction.READINGS_REFUSED,
                code,
                subject_id=account_id,
                other_id=owner_id,
                limits=self.context.limits,
            )


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
