"""How readings of many registers are recorded, part by part, whoever hands them in."""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Protocol, TypeAlias

from app.access import Credentials, LinkScopeMissing, Permission, permitted
from app.database import Connection, Transaction
from app.errors import Busy
from app.identifiers import AccountNumberMalformed, AccountNumbers
from app.models.customers.account import AccountNumberInvalid
from app.models.metering.batch_parts import (
    Part,
    accounts_of,
    by_account,
    is_seen,
    parts_of,
    to_record,
)
from app.models.metering.reading import Source
from app.models.metering.reading_batch import (
    BatchMode,
    ItemVerdict,
    ReadingBatch,
    RegisterAddress,
    judge_account,
    place,
    settle_outcomes,
)
from app.models.metering.window_book import USUAL_GROUP
from app.models.period import Period
from app.origin import Origin
from app.repositories.limits import LimitRepository
from app.repositories.metering.reading_batches import ReadingBatchStatements
from app.repositories.metering.reading_forms import ReadingFormView
from app.repositories.metering.reading_submissions import Submission
from app.repositories.metering.reading_windows import KnownWindows, WindowRepository
from app.repositories.metering.register_addresses import RegisterAddressView
from app.services.context import Context
from app.services.metering.batch_outcomes import BatchReceipt, SubmittedBatch
from app.services.metering.scope_refusals import record_scope_refusals
from app.services.metering.submission_outcomes import new_submission

MOST_HELD_LOOKS: Final = 4
"""How often a part looks while it holds what it writes about, before it asks to wait."""


KeepPart: TypeAlias = Callable[[Transaction, Part], Awaitable[None]]


class Keep(Protocol):
    """What else is written in the transaction that records some items."""

    async def __call__(self, session: Transaction, part: Part, /, *, is_last: bool) -> None:
        """Write it; an error undoes the transaction."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who hands in what, when and from where."""

    credentials: Credentials
    batch: ReadingBatch
    period: Period
    """The same for all: what the usual window means, where the client names none."""
    origin: Origin
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecorder:
    """Places, judges and records items by the rules of a single submission.

    `all_or_nothing` is one transaction. `independent` is one for each part: a process that dies in
    between leaves whole parts.
    """

    context: Context
    windows: KnownWindows
    account_numbers: AccountNumbers

    async def asking(self, credentials: Credentials, batch: ReadingBatch, origin: Origin) -> Asking:
        now = self.context.clock.now()
        async with self.context.database.connect() as connection:
            book = await self.windows.newest(connection)
        window = book.meant(USUAL_GROUP, now, batch.period)
        return Asking(credentials, batch, window.period, origin, now)

    async def place(self, asking: Asking, verdicts: Sequence[ItemVerdict]) -> None:
        """Note which register each item means, or why there is none.

        :raises PermissionMissing: the member may not submit readings.
        """
        addresses: list[tuple[int, RegisterAddress]] = []
        for verdict in verdicts:
            if verdict.refusal is not None:
                continue
            try:
                addresses.append((verdict.index, self._readable(verdict.item.address)))
            except AccountNumberMalformed:
                verdict.refusal = AccountNumberInvalid()
        async with self.context.database.connect() as connection:
            caller, found = await RegisterAddressView(connection).find(
                addresses, credentials=asking.credentials, now=asking.now
            )
        permitted(caller, Permission.SUBMIT_READINGS)
        place(verdicts, found, asking.period)

    def _readable(self, address: RegisterAddress) -> RegisterAddress:
        if address.account_number is None:
            return address
        return RegisterAddress(
            account_number=self.account_numbers.parse(address.account_number),
            meter_serial=address.meter_serial,
            register_code=address.register_code,
        )

    async def record(self, asking: Asking, submitted: SubmittedBatch, keep: Keep) -> None:
        """Record what may stand; `keep` adds to each transaction, the last one too.

        :raises Busy: others write about the same registers all the time.
        """
        parts = list(parts_of(submitted.verdicts))
        is_whole = asking.batch.mode is BatchMode.ALL_OR_NOTHING
        groups = [parts] if is_whole or not parts else [[part] for part in parts]
        for number, group in enumerate(groups, start=1):
            async with self.context.database.connect() as connection:
                seen = {await self._judge(connection, asking, part) for part in group}
            is_last = number == len(groups)
            await self._record(asking, submitted, group, partial(keep, is_last=is_last), seen)

    async def _record(
        self,
        asking: Asking,
        submitted: SubmittedBatch,
        parts: Sequence[Part],
        keep: KeepPart,
        seen: AbstractSet[int],
    ) -> None:
        """Record the parts, which were judged by the windows of these versions."""
        if await self._write(asking, submitted, parts, keep, seen):
            return
        # Somebody else was faster. Now they wait until these parts are looked at and written.
        for _ in range(MOST_HELD_LOOKS):
            if await self._write(asking, submitted, parts, keep, None):
                return
        raise Busy(retry_after=1)

    async def _write(
        self,
        asking: Asking,
        submitted: SubmittedBatch,
        parts: Sequence[Part],
        keep: KeepPart,
        seen: AbstractSet[int] | None,
    ) -> bool:
        """Record the parts in one transaction; False if the world has moved on since the look.

        Without what was seen it looks now, when nobody else writes any more.
        """
        concerned = [verdict for part in parts for verdict in part]
        is_whole = asking.batch.mode is BatchMode.ALL_OR_NOTHING
        together = submitted.verdicts if is_whole else concerned
        settle_outcomes(asking.batch, together)
        async with self.context.database.begin() as session:
            connection = await session.connection()
            version = await WindowRepository(session).hold_version()
            if seen is not None and not seen <= {version}:
                return False
            statements = ReadingBatchStatements(connection)
            held = await statements.hold(
                accounts_of(concerned if seen is None else to_record(concerned)),
                credentials=asking.credentials,
                now=asking.now,
            )
            if seen is None:
                for part in parts:
                    await self._judge(connection, asking, part)
                settle_outcomes(asking.batch, together)
            if not all(is_seen(verdict, held) for verdict in to_record(concerned)):
                return False
            for part in parts:
                await _record_part(statements, asking, submitted, part, version)
            await keep(session, concerned)
        return True

    async def _judge(self, connection: Connection, asking: Asking, part: Part) -> int:
        """Judge the items of a part beside what is known at this moment.

        Returns the version of the windows that they were judged by.
        """
        meters = {
            (verdict.place.account_id, verdict.place.meter_id) for verdict in part if verdict.place
        }
        caller, accounts = await ReadingFormView(connection).of_meters(
            list(meters),
            period=asking.period,
            credentials=asking.credentials,
            now=asking.now,
        )
        permitted(caller, Permission.SUBMIT_READINGS)
        version = max((each.windows.version for each in accounts.values()), default=0)
        book = await self.windows.at(connection, version) if accounts else self.windows.latest
        for account_id, verdicts in by_account(part):
            account = accounts.get(account_id)
            group = account.windows.group if account else USUAL_GROUP
            judge_account(
                verdicts,
                account,
                batch=asking.batch,
                window=book.window(group, asking.period),
                now=asking.now,
            )
        return book.version

    async def tell(self, asking: Asking, submitted: SubmittedBatch) -> None:
        """Record whose consent was missing, and count the SMS that are queued with the readings."""
        lacking = {
            verdict.place.account_id: None
            for verdict in submitted.verdicts
            if verdict.place and isinstance(verdict.refusal, LinkScopeMissing)
        }
        if lacking:
            await record_scope_refusals(
                self.context,
                lacking,
                asking.credentials,
                asking.origin,
                code=LinkScopeMissing.code,
            )
        if submitted.told:
            async with self.context.database.begin() as session:
                uses = self.context.limits.telling_of_strangers(submitted.told)
                await LimitRepository(session).charge(uses, now=asking.now)


async def _record_part(
    statements: ReadingBatchStatements,
    asking: Asking,
    submitted: SubmittedBatch,
    part: Part,
    windows_version: int,
) -> None:
    submissions: list[Submission] = []
    for account_id, verdicts in by_account(to_record(part)):
        submission = new_submission(
            account_id,
            asking.period,
            [verdict.judged for verdict in verdicts if verdict.judged],
            now=asking.now,
            origin=asking.origin,
            source=Source(asking.batch.source),
            windows_version=windows_version,
        )
        submissions.append(submission)
        for verdict, reading in zip(verdicts, submission.readings, strict=True):
            verdict.reading_id = reading.id
    if not submissions:
        return
    done = await statements.record(submissions, credentials=asking.credentials)
    submitted.receipts += [
        BatchReceipt(each.account_id, each.receipt_id, len(each.readings)) for each in submissions
    ]
    submitted.told += done.told
