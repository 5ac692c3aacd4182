from dataclasses import dataclass

from app.clock import Clock
from app.database import Database
from app.errors import NotFound
from app.models.billing.actions import BillingAction
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.billable import BillableRepository
from app.repositories.billing.invoices import InvoiceRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTermsService:
    """Keeps what the contracts say about paying."""

    database: Database
    clock: Clock

    async def set_due_days(self, account_number: str, due_days: int, *, act: OperatorAct) -> bool:
        """Say in how many working days an account's invoices are due from now on.

        Tells whether that was not so already; what is issued keeps its day.

        :raises NotFound: the register has no such account.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            keys = await BillableRepository(transaction).keys_of(account_number)
            if not keys:
                raise NotFound
            [key] = keys
            terms = (await InvoiceRepository(transaction).lock_accounts([key]))[key]
            if terms.due_days == due_days:
                return False
            trail = AuditWriter.of_operator(transaction, act, key.organization_id, now)
            await trail.record(
                BillingAction.PAYMENT_TERMS_CHANGED,
                subject_id=key.account_id,
                due_days=due_days,
                before=terms.due_days,
            )
            terms.due_days = due_days
        return True
