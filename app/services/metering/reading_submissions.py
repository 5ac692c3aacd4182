from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from app.access import Caller, Credentials, LinkScopeMissing, Permission, may, permitted
from app.clock import kyiv_date
from app.database import Connection
from app.errors import Busy, NotFound
from app.models.idempotency_key import PendingAnswer
from app.models.metering.reading import Source
from app.models.metering.reading_window import ReadingWindow
from app.models.metering.register_state import AccountRegisters
from app.models.metering.submission import (
    JudgedReading,
    ReadingsToSubmit,
)
from app.models.metering.window_book import USUAL_GROUP, WindowBook
from app.models.period import Period
from app.origin import Origin
from app.repositories.idempotency_keys import IdempotencyKeyStatements
from app.repositories.limits import LimitRepository
from app.repositories.metering.reading_forms import ReadingFormView
from app.repositories.metering.reading_submissions import ReadingSubmissionStatements
from app.repositories.metering.reading_windows import KnownWindows
from app.services.context import Context
from app.services.metering.scope_refusals import record_scope_refusals
from app.services.metering.submission_outcomes import (
    ReadingForm,
    SubmittedReadings,
    new_submission,
    recorded,
    unchanged,
)

MOST_HELD_LOOKS: Final = 4
"""How often a submission looks while it holds what it writes about, before it asks to wait."""
MOST_WINDOWS_TRIED: Final = 3
"""Periods asked about for one account; more only while its windows are being changed."""

Found: TypeAlias = tuple[Caller | None, AccountRegisters | None]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who submits about which account, when and from where."""

    credentials: Credentials
    account_id: UUID
    origin: Origin
    now: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules think of the readings, beside what they saw."""

    judged: Sequence[JudgedReading]
    period: Period
    windows_version: int
    is_own: bool
    is_dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSubmissionService:
    context: Context
    windows: KnownWindows

    async def form(self, credentials: Credentials, account_id: UUID) -> ReadingForm:
        """Return the open period and every register with what it showed and should show.

        :raises NotFound: the account is not in the caller's cabinet.
        """
        now = self.context.clock.now()
        async with self.context.database.connect() as connection:
            form = ReadingFormView(connection)
            caller, found, window, _ = await self._in_its_window(
                connection,
                lambda book, group: book.current(group, now),
                lambda period: form.of_account(
                    account_id, period=period, credentials=credentials, now=now
                ),
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
            registers=[each for each in found.registers if not each.is_closed],
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
        :raises Busy: the request's claim on its idempotency key has ended meanwhile.
        """
        asking = Asking(credentials, account_id, origin, self.context.clock.now())
        try:
            submitted, told = await self._submit(asking, handed_in, once)
        except LinkScopeMissing as refusal:
            await record_scope_refusals(
                self.context, [asking.account_id], credentials, origin, code=refusal.code
            )
            raise
        if told:
            # The SMS is queued with the readings; a crash before this line only forgets its price.
            async with self.context.database.begin() as session:
                uses = self.context.limits.telling_of_strangers(told)
                await LimitRepository(session).charge(uses, now=asking.now)
        return submitted

    async def _submit(
        self,
        asking: Asking,
        handed_in: ReadingsToSubmit,
        once: PendingAnswer[SubmittedReadings] | None,
    ) -> tuple[SubmittedReadings, int]:
        """Return what was submitted, and how many SMS tell of it."""
        database = self.context.database
        async with database.connect() as connection:
            seen = await self._look(connection, asking, handed_in)
            if done := await _record(connection, asking, seen, once):
                return done
        # Somebody else was faster. Now they wait until this submission has looked and written; an
        # owner who freezes and lifts it meanwhile is not held by who saw the cabinet frozen.
        for _ in range(MOST_HELD_LOOKS):
            async with database.begin() as session:
                connection = await session.connection()
                await ReadingSubmissionStatements(connection).hold(
                    asking.account_id,
                    handed_in.register_ids,
                    credentials=asking.credentials,
                    now=asking.now,
                    is_own=seen.is_own,
                )
                seen = await self._look(connection, asking, handed_in)
                if done := await _record(connection, asking, seen, once):
                    return done
        raise Busy(retry_after=1)

    async def _look(
        self, connection: Connection, asking: Asking, handed_in: ReadingsToSubmit
    ) -> Seen:
        """Return what the readings mean beside what is known at this moment."""
        caller, found, window, version = await self._in_its_window(
            connection,
            lambda book, group: book.meant(group, asking.now, handed_in.period),
            lambda period: ReadingFormView(connection).of_registers(
                handed_in.register_ids,
                account_id=asking.account_id,
                period=period,
                credentials=asking.credentials,
                now=asking.now,
            ),
        )
        permitted(caller, Permission.SUBMIT_READINGS)
        if found is None:
            raise NotFound
        found.reach.require(Permission.SUBMIT_READINGS)
        judged = handed_in.judge(found.registers, window=window, now=asking.now)
        return Seen(judged, window.period, version, found.reach.is_own, handed_in.dry_run)

    async def _in_its_window(
        self,
        connection: Connection,
        choose: Callable[[WindowBook, str], ReadingWindow],
        ask: Callable[[Period], Awaitable[Found]],
    ) -> tuple[Caller | None, AccountRegisters | None, ReadingWindow, int]:
        """Return what stands in the account's window, the window, and the version of all windows.

        Which period is meant depends on the account's group, which only the statement knows. It is
        asked about the usual one, and once more where that was the wrong one.
        """
        book = self.windows.latest
        window = choose(book, USUAL_GROUP)
        for _ in range(MOST_WINDOWS_TRIED):
            caller, found = await ask(window.period)
            if found is None:
                return caller, None, window, book.version
            book = await self.windows.at(connection, found.windows.version)
            asked, window = window.period, choose(book, found.windows.group)
            if window.period == asked:
                return caller, found, window, book.version
        raise Busy(retry_after=1)


async def _record(
    connection: Connection,
    asking: Asking,
    seen: Seen,
    once: PendingAnswer[SubmittedReadings] | None,
) -> tuple[SubmittedReadings, int] | None:
    """Record what is new; None if the registers were written since the rules looked."""
    submission = new_submission(
        asking.account_id,
        seen.period,
        seen.judged,
        now=asking.now,
        origin=asking.origin,
        source=Source.CABINET,
        windows_version=seen.windows_version,
    )
    if seen.is_dry_run or not submission.readings:
        standing = unchanged(seen.judged, seen.period, asking.now, dry_run=seen.is_dry_run)
        await IdempotencyKeyStatements(connection).settle(once, standing)
        return standing, 0
    new = recorded(seen.judged, submission)
    done = await ReadingSubmissionStatements(connection).record(
        submission,
        credentials=asking.credentials,
        answer=(once.claim, once.sealed(new)) if once else None,
        is_own=seen.is_own,
    )
    return (new, done.told) if done.is_recorded else None
