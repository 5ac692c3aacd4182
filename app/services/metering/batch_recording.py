"""How readings of many registers are recorded, part by part, whoever hands them in."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from app.access import Credentials, LinkScopeMissing, Permission, permitted
from app.database import Connection, Transaction
from app.errors import Busy
from app.identifiers import AccountNumberMalformed, AccountNumbers
from app.models.customers.account import AccountNumberInvalid
from app.models.metering.reading import Source
from app.models.metering.reading_batch import (
    BatchMode,
    ItemVerdict,
    Outcome,
    ReadingBatch,
    RegisterAddress,
    judge_account,
    place,
    settle_outcomes,
)
from app.models.metering.reading_window import ReadingWindow, WindowRule
from app.origin import Origin
from app.repositories.limits import LimitRepository
from app.repositories.metering.reading_batches import ReadingBatchStatements
from app.repositories.metering.reading_forms import ReadingFormView
from app.repositories.metering.reading_submissions import Submission
from app.repositories.metering.register_addresses import RegisterAddressView
from app.services.context import Context
from app.services.metering.batch_outcomes import BatchReceipt, SubmittedBatch
from app.services.metering.scope_refusals import record_scope_refusals
from app.services.metering.submission_outcomes import new_submission

PART: Final = 250
"""Items that are looked at, judged and written at a time: others wait no longer for the loop."""
MOST_HELD_LOOKS: Final = 4
"""How often a part looks while it holds what it writes about, before it asks to wait."""

Part = Sequence[ItemVerdict]
"""Items of one company's accounts, or of several, where each meter is whole."""


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
    window: ReadingWindow
    origin: Origin
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecorder:
    """Places, judges and records items by the rules of a single submission.

    `all_or_nothing` is one transaction. `independent` is one for each part: a process that dies in
    between leaves whole parts.
    """

    context: Context
    window_rule: WindowRule
    account_numbers: AccountNumbers

    def asking(self, credentials: Credentials, batch: ReadingBatch, origin: Origin) -> Asking:
        now = self.context.clock.now()
        return Asking(credentials, batch, self.window_rule.meant(now, batch.period), origin, now)

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
        place(verdicts, found, asking.window.period)

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
        parts = list(_parts(submitted.verdicts))
        is_whole = asking.batch.mode is BatchMode.ALL_OR_NOTHING
        groups = [parts] if is_whole or not parts else [[part] for part in parts]
        for number, group in enumerate(groups, start=1):
            async with self.context.database.connect() as connection:
                for part in group:
                    await self._judge(connection, asking, part)
            is_last = number == len(groups)
            await self._record(asking, submitted, group, partial(keep, is_last=is_last))

    async def _record(
        self,
        asking: Asking,
        submitted: SubmittedBatch,
        parts: Sequence[Part],
        keep: KeepPart,
    ) -> None:
        if await self._write(asking, submitted, parts, keep, looks=False):
            return
        # Somebody else was faster. Now they wait until these parts are looked at and written.
        for _ in range(MOST_HELD_LOOKS):
            if await self._write(asking, submitted, parts, keep, looks=True):
                return
        raise Busy(retry_after=1)

    async def _write(
        self,
        asking: Asking,
        submitted: SubmittedBatch,
        parts: Sequence[Part],
        keep: KeepPart,
        *,
        looks: bool,
    ) -> bool:
        """Record the parts in one transaction; False if registers were written since the look."""
        concerned = [verdict for part in parts for verdict in part]
        is_whole = asking.batch.mode is BatchMode.ALL_OR_NOTHING
        together = submitted.verdicts if is_whole else concerned
        settle_outcomes(asking.batch, together)
        async with self.context.database.begin() as session:
            connection = await session.connection()
            statements = ReadingBatchStatements(connection)
            held = await statements.hold(
                _accounts_of(concerned if looks else _new(concerned)),
                credentials=asking.credentials,
                now=asking.now,
            )
            if looks:
                for part in parts:
                    await self._judge(connection, asking, part)
                settle_outcomes(asking.batch, together)
            if not all(_is_seen(verdict, held) for verdict in _new(concerned)):
                return False
            for part in parts:
                await _record_part(statements, asking, submitted, part)
            await keep(session, concerned)
        return True

    async def _judge(self, connection: Connection, asking: Asking, part: Part) -> None:
        """Judge the items of a part beside what is known at this moment."""
        meters = {
            (verdict.place.account_id, verdict.place.meter_id) for verdict in part if verdict.place
        }
        caller, accounts = await ReadingFormView(connection).of_meters(
            list(meters),
            period=asking.window.period,
            credentials=asking.credentials,
            now=asking.now,
        )
        permitted(caller, Permission.SUBMIT_READINGS)
        for account_id, verdicts in _by_account(part):
            judge_account(
                verdicts,
                accounts.get(account_id),
                batch=asking.batch,
                window=asking.window,
                now=asking.now,
            )

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
    statements: ReadingBatchStatements, asking: Asking, submitted: SubmittedBatch, part: Part
) -> None:
    submissions: list[Submission] = []
    for account_id, verdicts in _by_account(_new(part)):
        submission = new_submission(
            account_id,
            asking.window.period,
            [verdict.judged for verdict in verdicts if verdict.judged],
            now=asking.now,
            origin=asking.origin,
            source=Source(asking.batch.source),
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


def _parts(verdicts: Iterable[ItemVerdict]) -> Iterator[Part]:
    """Yield what can be judged, a meter whole, in the order in which chains of receipts grow."""
    placed = sorted(
        (verdict for verdict in verdicts if verdict.place and verdict.refusal is None), key=_order
    )
    part: list[ItemVerdict] = []
    for _, meter in groupby(placed, key=lambda verdict: _order(verdict)[:3]):
        part += meter
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


def _order(verdict: ItemVerdict) -> tuple[UUID, UUID, UUID, int]:
    found = verdict.place
    if found is None:
        raise ValueError("an item without a register has no place in the order")
    return found.organization_id, found.account_id, found.meter_id, verdict.index


def _by_account(part: Iterable[ItemVerdict]) -> Iterator[tuple[UUID, list[ItemVerdict]]]:
    for (_, account_id), verdicts in groupby(part, key=lambda verdict: _order(verdict)[:2]):
        yield account_id, list(verdicts)


def _accounts_of(verdicts: Iterable[ItemVerdict]) -> dict[UUID, UUID]:
    return {
        verdict.place.register_id: verdict.place.account_id for verdict in verdicts if verdict.place
    }


def _new(verdicts: Iterable[ItemVerdict]) -> list[ItemVerdict]:
    return [verdict for verdict in verdicts if verdict.outcome is Outcome.RECORDED]


def _is_seen(verdict: ItemVerdict, held: dict[UUID, int]) -> bool:
    """Tell whether a register is held and has not been written since the rules looked."""
    if verdict.judged is None:
        raise ValueError("a reading is judged before it is recorded")
    state = verdict.judged.state
    return held.get(state.register_id) == state.revision
