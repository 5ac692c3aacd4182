"""The bill run: each account's invoices of a month from its settled energy, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.errors import NotFound
from app.models.billing.account_bill import drafts_of
from app.models.billing.actions import BillingAction
from app.models.billing.bill_run import BillRun
from app.models.billing.draft import Draft
from app.models.billing.energy_charges import NotBillable, Tariffs
from app.models.billing.payment_terms import due_on
from app.models.billing.reactive_rates import ReactiveRates
from app.models.period import Period
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.billable import BillableRepository
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.issuing import InvoiceIssuer
from app.repositories.metering.settling import BEFORE_ALL, AccountKey

AT_ONCE: Final = 100
"""Accounts whose keys are read at once; each is billed in a transaction of its own."""
MOST_CHUNKS: Final = 100_000
"""Ten million accounts in one run."""
CORRECTED_FOR: Final = 36
"""Months back that a change is still billed: claims of three years (Civil Code, art. 257)."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What a run is told to do with each account."""

    period: Period
    tariffs: Tariffs
    reactive: ReactiveRates
    act: OperatorAct | None
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssueService:
    """Issues final invoices and corrections. A run that was killed is finished by the next one."""

    database: Database
    clock: Clock

    async def issue(
        self,
        period: Period,
        *,
        account_number: str | None,
        act: OperatorAct | None,
        dry_run: bool = False,
        progress: Callable[[BillRun], None] = lambda _run: None,
    ) -> BillRun:
        """Bill a period: all accounts whose energy is settled, or one.

        An account is billed as a whole or not at all. What stands already is not issued again.

        :param act: who bills, for the companies' trails; None: no trail tells of it.
        :param dry_run: tell what would be issued, and keep nothing.
        :raises NotFound: the register has no such account.
        """
        run = BillRun()
        async with self.database.begin() as transaction:
            billable = BillableRepository(transaction)
            tariffs, reactive = await billable.tariffs(), await billable.reactive_rates()
        order = RunOrder(period, tariffs, reactive, act, dry_run)
        after = BEFORE_ALL
        for _ in range(MOST_CHUNKS):
            keys = await self._keys(period, account_number, after)
            for key in keys:
                await self._bill(run, key, order)
            progress(run)
            if account_number is not None or len(keys) < AT_ONCE:
                break
            after = keys[-1]
        return run

    async def _keys(
        self, period: Period, account_number: str | None, after: AccountKey
    ) -> Sequence[AccountKey]:
        async with self.database.begin() as transaction:
            billable = BillableRepository(transaction)
            if account_number is None:
                return await billable.keys_settled(period, after=after, most=AT_ONCE)
            keys = await billable.keys_of(account_number)
        if not keys:
            raise NotFound
        return keys

    async def _bill(self, run: BillRun, key: AccountKey, order: RunOrder) -> None:
        run.accounts += 1
        issued: list[tuple[str | None, Draft]] = []
        async with self.database.begin() as transaction:
            account_number = await BillableRepository(transaction).account_number(key)
            try:
                if order.dry_run:
                    issued = [(None, each) for each in await _drafts(transaction, key, order)]
                else:
                    issued = await self._issue(transaction, key, order)
            except NotBillable as refused:
                # Nothing has been written yet: a refusal comes before the first document.
                run.refuse(account_number, refused.code)
        for number, draft in issued:
            run.add(account_number, number, draft)

    async def _issue(
        self, transaction: Transaction, key: AccountKey, order: RunOrder
    ) -> list[tuple[str | None, Draft]]:
        now = self.clock.now()
        today = kyiv_date(now)
        terms = await InvoiceRepository(transaction).lock_accounts([key])
        issued: list[tuple[str | None, Draft]] = []
        for draft in await _drafts(transaction, key, order):
            invoice = await InvoiceIssuer(transaction, now).issue(
                key,
                draft,
                series=str(order.period),
                issued_on=today,
                due_on=due_on(today, terms[key].due_days),
            )
            if order.act is not None:
                await AuditWriter.of_operator(
                    transaction, order.act, key.organization_id, now
                ).record(
                    BillingAction.INVOICE_ISSUED,
                    subject_id=invoice.id,
                    number=invoice.number,
                    total=str(invoice.total),
                )
            issued.append((invoice.number, draft))
        return issued


async def _drafts(transaction: Transaction, key: AccountKey, order: RunOrder) -> list[Draft]:
    billable = BillableRepository(transaction)
    first = order.period.shifted(-CORRECTED_FOR)
    months = await billable.months(key, first=first, last=order.period)
    billed = await billable.billed(key, first=first)
    rates = await billable.account_rates(key, order.reactive)
    return drafts_of(key.account_id, months, billed, order.tariffs, order.period, rates)
