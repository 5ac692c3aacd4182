"""Closing periods: each account's energy of a month, as it will be billed, and what changes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.errors import AppError, NotFound
from app.models.metering.actions import MeteringAction
from app.models.metering.energy.months import Month, month_of
from app.models.metering.reading_window import WindowRule
from app.models.metering.settling.account import MonthSettlement, settle
from app.models.metering.settling.registers import NewEstimate
from app.models.metering.settling.tally import Tally
from app.models.metering.window_book import ClosedWindows, WindowBook
from app.models.period import Period
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.metering.reading_windows import WindowRepository
from app.repositories.metering.settlement_writes import NewVersion, SettlementWriter
from app.repositories.metering.settling import (
    BEFORE_ALL,
    BEFORE_ALL_REGISTERS,
    AccountKey,
    AccountToSettle,
    RegisterKey,
    SettlingRepository,
)

log = structlog.get_logger()

AT_ONCE: Final = 200
"""Accounts settled in one transaction: some tenths of a second."""
MOST_CHUNKS: Final = 20
"""Transactions of one run of the worker, so that it soon hears that it has to stop."""
MOST_BEHIND: Final = 3
"""Periods that the worker settles of itself, the newest closed one included."""
CORRECTED_FOR: Final = 36
"""Months back that a later value still corrects: claims of three years (Civil Code, art. 257)."""


def _unseen(_tally: Tally) -> None:
    """Tell nobody how far it has come."""


@dataclass(slots=True)
class Settled:
    """What one account comes to: versions to add and estimates to write."""

    account: AccountToSettle
    versions: list[NewVersion]
    estimates: Sequence[NewEstimate]


@dataclass(slots=True)
class Places:
    """How far this process has come; what it forgets is looked at again, and found settled."""

    accounts: dict[Period, AccountKey] = field(default_factory=dict)
    registers: RegisterKey = BEFORE_ALL_REGISTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementService:
    database: Database
    clock: Clock
    window_rule: WindowRule
    places: Places = field(default_factory=Places)

    async def settle_due(self) -> Tally | None:
        """Settle some accounts whose window has closed; tell what came of it until nothing did.

        Each transaction settles some accounts as a whole. Whoever is killed in between has lost
        no work, and of several workers each finds what the others have not settled.
        """
        now = self.clock.now()
        total = Tally()
        for closed in ClosedWindows.lately(now, await self._book(), most=MOST_BEHIND):
            period = closed.period
            for _ in range(MOST_CHUNKS):
                after = self.places.accounts.get(period, BEFORE_ALL)
                keys = await self._unsettled(closed, after=after)
                if not keys:
                    self.places.accounts.pop(period, None)
                    break
                total.merge(await self._settle(keys, period, now))
                self.places.accounts[period] = keys[-1]
        return total if total.accounts else None

    async def correct_changed(self) -> Tally | None:
        """Settle anew some accounts to whose registers somebody has written since."""
        now = self.clock.now()
        total = Tally()
        looked = 0
        for _ in range(MOST_CHUNKS):
            async with self.database.begin() as session:
                found = await SettlingRepository(session).changed(
                    after=self.places.registers, most=AT_ONCE
                )
            if not found:
                self.places.registers = BEFORE_ALL_REGISTERS
                break
            keys = sorted({account for _, account in found})
            done = await self._settle(keys, None, now)
            looked += len(keys) - done.failed
            total.merge(done)
            self.places.registers = found[-1][0]
        return total if looked else None

    async def close(
        self,
        period: Period,
        *,
        act: OperatorAct | None,
        account_number: str | None = None,
        dry_run: bool = False,
        progress: Callable[[Tally], None] = _unseen,
    ) -> Tally:
        """Settle a period by hand: all accounts whose window has closed, or one.

        A dry run keeps nothing. The tally names the groups whose readings are still taken.

        `act`: who does it and why, for the trail of each company; None for a demonstration.

        :raises WindowStillOpen: readings of the period may still come.
        :raises NotFound: the register has no such account.
        """
        now = self.clock.now()
        closed = ClosedWindows.at(now, await self._book(), period)
        if account_number is not None:
            return await self._close_account(closed, account_number, act, now, dry_run=dry_run)
        closed.require(None)
        total, after = Tally(still_open=closed.still_open), BEFORE_ALL
        while keys := await self._unsettled(closed, after=after):
            total.merge(await self._settle(keys, period, now, act=act, dry_run=dry_run))
            progress(total)
            after = keys[-1]
        return total

    async def _close_account(
        self,
        closed: ClosedWindows,
        account_number: str,
        act: OperatorAct | None,
        now: datetime,
        *,
        dry_run: bool,
    ) -> Tally:
        async with self.database.begin() as session:
            repository = SettlingRepository(session)
            group = await repository.window_group(account_number)
            if group is None:
                raise NotFound
            closed.require(group)
            keys = await repository.unsettled_named(closed, account_number, most=AT_ONCE)
        if not keys:
            return Tally()
        return await self._settle(keys, closed.period, now, act=act, dry_run=dry_run)

    async def _book(self) -> WindowBook:
        async with self.database.begin() as session:
            return await WindowRepository(session).read(self.window_rule)

    async def _unsettled(self, closed: ClosedWindows, *, after: AccountKey) -> Sequence[AccountKey]:
        async with self.database.begin() as session:
            return await SettlingRepository(session).unsettled(closed, after=after, most=AT_ONCE)

    async def _settle(
        self,
        keys: Sequence[AccountKey],
        period: Period | None,
        now: datetime,
        *,
        act: OperatorAct | None = None,
        dry_run: bool = False,
    ) -> Tally:
        """Settle some accounts; where they cannot be settled together, each by itself.

        So an account with impossible values keeps nobody else from being settled.
        """
        settle = partial(self._settle_chunk, period=period, now=now, act=act, dry_run=dry_run)
        try:
            return await settle(keys)
        except AppError:
            raise
        except Exception:  # noqa: BLE001 - which account it was is found below
            log.warning("settled_one_by_one", accounts=len(keys))
        total = Tally()
        for key in keys:
            try:
                total.merge(await settle([key]))
            except AppError:
                raise
            except Exception:
                log.exception("account_not_settled", account_id=str(key.account_id))
                total.failed += 1
        return total

    async def _settle_chunk(
        self,
        keys: Sequence[AccountKey],
        *,
        period: Period | None,
        now: datetime,
        act: OperatorAct | None,
        dry_run: bool,
    ) -> Tally:
        """Settle some accounts in one transaction: a new period, or only what has changed."""
        month = None if period is None else month_of(period.starts_on)
        tally = Tally()
        async with self.database.begin() as session:
            repository = SettlingRepository(session)
            closed = None if period is None else await self._closed(session, period, now)
            if not dry_run:
                await repository.lock(keys)
            accounts = await repository.accounts(keys, since=_since(now, period))
            settled = [
                _settled(account, month)
                for account in accounts
                # Another worker may have been faster, or the operator may have moved a window.
                if closed is None
                or (month not in account.settled and closed.has(account.window_group))
            ]
            for new in (version for each in settled for version in each.versions):
                tally.add(new.told, version=new.version)
            if not dry_run:
                await _write(session, settled, now, closes=month is not None)
                await _record(session, settled, period, act, now)
        return tally

    async def _closed(self, session: Transaction, period: Period, now: datetime) -> ClosedWindows:
        """Return whose window has closed; nobody changes that until the transaction ends."""
        windows = WindowRepository(session)
        await windows.hold()
        return ClosedWindows.at(now, await windows.read(self.window_rule), period)


def _since(now: datetime, period: Period | None) -> date:
    """Return the first month that may still be corrected; an old one closed by hand is in it."""
    oldest = Period.containing(kyiv_date(now)).shifted(-CORRECTED_FOR)
    return min(oldest, period or oldest).starts_on


def _settled(account: AccountToSettle, month: Month | None) -> Settled:
    known = account.settled
    months = sorted(known.keys() | (set() if month is None else {month}))
    found = settle(account.registers, months)
    versions = []
    for each in months:
        told, before = found.months.get(each, MonthSettlement()), known.get(each)
        if before is None and told.registers:
            versions.append(NewVersion(key=account.key, month=each, version=1, told=told))
        elif before is not None and before.content != told.content:
            version = before.version + 1
            versions.append(NewVersion(key=account.key, month=each, version=version, told=told))
    return Settled(account, versions, found.estimates)


async def _write(
    session: Transaction, settled: Sequence[Settled], now: datetime, *, closes: bool
) -> None:
    writer = SettlementWriter(session)
    estimates = [(each.account.key, new) for each in settled for new in each.estimates]
    await writer.write_estimates(estimates, now=now)
    await writer.add([new for each in settled for new in each.versions], now=now)
    written = frozenset[UUID](new.register_id for _, new in estimates)
    await writer.raise_revisions(
        [
            (each.account.key, register.register_id)
            for each in settled
            for register in each.account.registers
        ],
        raised=None if closes else written,
    )


async def _record(
    session: Transaction,
    settled: Sequence[Settled],
    period: Period | None,
    act: OperatorAct | None,
    now: datetime,
) -> None:
    if act is None or period is None:
        return
    for each in settled:
        trail = AuditWriter.of_operator(session, act, each.account.key.organization_id, now)
        await trail.record(
            MeteringAction.SETTLEMENT_CLOSED,
            subject_id=each.account.key.account_id,
            period=str(period),
        )
