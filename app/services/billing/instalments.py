"""Instalments: issued on the days that contracts name, before the energy of the month is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.errors import NotFound
from app.models.billing.actions import BillingAction
from app.models.billing.bill_run import BillRun
from app.models.billing.draft import Draft
from app.models.billing.energy_charges import NotBillable, Tariffs
from app.models.billing.instalment import DueInstalment, due_instalments
from app.models.billing.payment_terms import PaymentForm, due_on
from app.models.billing.planned_charges import planned_draft
from app.models.period import Period
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.billable import BillableRepository
from app.repositories.billing.instalments import InstalmentRepository
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.issuing import InvoiceIssuer
from app.repositories.metering.settling import BEFORE_ALL, AccountKey

AT_ONCE: Final = 500
"""Accounts whose schedules are read at once; each is billed in a transaction of its own."""
MOST_CHUNKS: Final = 20_000
"""Ten million accounts in one run."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InstalmentOrder:
    """What a run is told to do with each account."""

    tariffs: Tariffs
    act: OperatorAct | None
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentService:
    """Issues instalments. What stands is not issued again, however often or wherever this runs."""

    database: Database
    clock: Clock

    async def issue_due(self) -> int:
        """Issue all instalments whose day has come, and tell how many.

        What cannot be issued goes to the log, and is tried again by the next run.
        """
        run = await self.issue(account_number=None, act=None)
        for problem in run.problems:
            log.warning(
                "instalment_not_issued", account=problem.account_number, reason=problem.code
            )
        return run.documents

    async def issue(
        self, *, account_number: str | None, act: OperatorAct | None, dry_run: bool = False
    ) -> BillRun:
        """Issue what is due by today: of all accounts that have a schedule, or of one.

        :param act: who issues, for the companies' trails; None: the schedule does.
        :param dry_run: tell what would be issued, and keep nothing.
        :raises NotFound: the register has no such account.
        """
        run, after = BillRun(), BEFORE_ALL
        async with self.database.begin() as transaction:
            tariffs = await BillableRepository(transaction).tariffs()
        order = InstalmentOrder(tariffs, act, dry_run)
        for _ in range(MOST_CHUNKS):
            keys, is_last = await self._keys(account_number, after)
            run.accounts += len(keys)
            async with self.database.begin() as transaction:
                due = await self._due(transaction, keys)
            for key in due:
                await self._bill(run, key, order)
            if is_last:
                break
            after = keys[-1]
        return run

    async def _keys(
        self, account_number: str | None, after: AccountKey
    ) -> tuple[Sequence[AccountKey], bool]:
        """Return the next accounts, and whether they are the last."""
        async with self.database.begin() as transaction:
            if account_number is None:
                keys = await InstalmentRepository(transaction).keys(after=after, most=AT_ONCE)
                return keys, len(keys) < AT_ONCE
            keys = await BillableRepository(transaction).keys_of(account_number)
        if not keys:
            raise NotFound
        return keys, True

    async def _due(
        self, transaction: Transaction, keys: Sequence[AccountKey]
    ) -> dict[AccountKey, list[DueInstalment]]:
        """Return what these accounts have not been asked for yet, by the schedule."""
        if not keys:
            return {}
        today = kyiv_date(self.clock.now())
        since = Period.containing(today)
        instalments = InstalmentRepository(transaction)
        schedules, forms = await instalments.of(keys), await instalments.forms(keys)
        issued = await instalments.issued(keys, since=since)
        billed = await instalments.billed(keys, since=since)
        found: dict[AccountKey, list[DueInstalment]] = {}
        for key in (each for each in keys if each in schedules):
            form = forms.get(key, PaymentForm.ACTUAL)
            due = [
                each
                for each in due_instalments(schedules[key], form, today)
                if each.issue_key not in issued and (key, each.period) not in billed
            ]
            if due:
                found[key] = due
        return found

    async def _bill(self, run: BillRun, key: AccountKey, order: InstalmentOrder) -> None:
        issued: list[tuple[str | None, Draft]] = []
        async with self.database.begin() as transaction:
            account_number = await BillableRepository(transaction).account_number(key)
            try:
                issued = await self._issue(transaction, key, order)
            except NotBillable as refused:
                # All drafts are made before the first document: nothing has been written.
                run.refuse(account_number, refused.code)
        for number, draft in issued:
            run.add(account_number, number, draft)

    async def _issue(
        self, transaction: Transaction, key: AccountKey, order: InstalmentOrder
    ) -> list[tuple[str | None, Draft]]:
        now = self.clock.now()
        today = kyiv_date(now)
        if not order.dry_run:
            # Another run may have issued them since they were found.
            await InvoiceRepository(transaction).lock_accounts([key])
        due = (await self._due(transaction, [key])).get(key, [])
        plans = InstalmentRepository(transaction)
        drafts = [
            planned_draft(each, await plans.plan(key, each.period), order.tariffs) for each in due
        ]
        if order.dry_run:
            return [(None, draft) for draft in drafts]
        issued: list[tuple[str | None, Draft]] = []
        for each, draft in zip(due, drafts, strict=True):
            invoice = await InvoiceIssuer(transaction, now).issue(
                key,
                draft,
                series=str(each.period),
                issued_on=today,
                due_on=due_on(today, each.instalment.due_days),
            )
            trail = _trail(transaction, key, order.act, now)
            await trail.record(
                BillingAction.INVOICE_ISSUED,
                subject_id=invoice.id,
                number=invoice.number,
                total=str(invoice.total),
            )
            issued.append((invoice.number, draft))
        return issued


def _trail(
    transaction: Transaction, key: AccountKey, act: OperatorAct | None, now: datetime
) -> AuditWriter:
    if act is None:
        return AuditWriter.of_nobody(transaction, key.organization_id, now)
    return AuditWriter.of_operator(transaction, act, key.organization_id, now)
