from dataclasses import dataclass

from app.clock import Clock, kyiv_date
from app.database import Database
from app.models.base import new_id
from app.models.billing.actions import BillingAction
from app.models.billing.allocation import OpenPart
from app.models.billing.dispute import reclassified
from app.models.billing.invoice import InvoiceNotDisputable, InvoiceNotFound
from app.models.money import Money, total
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeService:
    """Takes what a customer disputes out of their ordinary debt, and puts it back.

    What is disputed is shown apart and no payment settles it (domain facts F5).
    """

    database: Database
    clock: Clock

    async def begin(self, number: str, *, act: OperatorAct) -> Money:
        """Dispute all that is owed of an invoice; return how much that is.

        Nothing, if it is disputed already.

        :raises InvoiceNotFound, InvoiceNotDisputable:
        """
        return await self._move(number, ends=False, act=act)

    async def end(self, number: str, *, act: OperatorAct) -> Money:
        """Let an invoice be owed as before; return how much is.

        Nothing, if it is not disputed. What the customer was right about, a correction takes back.

        :raises InvoiceNotFound:
        """
        return await self._move(number, ends=True, act=act)

    async def _move(self, number: str, *, ends: bool, act: OperatorAct) -> Money:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            invoices = InvoiceRepository(transaction)
            found = await invoices.by_number([number])
            if len(found) != 1:
                raise InvoiceNotFound
            key, invoice_id, _ = found[0]
            await invoices.lock_accounts([key])
            owed = [each for each in await invoices.open_parts([key]) if _is(each, invoice_id)]
            if not ends and not owed:
                raise InvoiceNotDisputable
            parts = [each for each in owed if each.is_disputed is ends]
            if not parts:
                return Money(0)
            dispute_id = new_id()
            for part in parts:
                await invoices.mark_disputed(part, None if ends else now)
            moves = [reclassified(each, dispute_id, ends=ends, on=kyiv_date(now)) for each in parts]
            await Ledger(transaction).post(*moves, now=now)
            moved = total(each.outstanding for each in parts)
            await AuditWriter.of_operator(transaction, act, key[0], now).record(
                BillingAction.INVOICE_DISPUTE_ENDED if ends else BillingAction.INVOICE_DISPUTED,
                subject_id=invoice_id,
                number=number,
                amount=str(moved),
            )
        return moved


def _is(part: OpenPart, invoice_id: object) -> bool:
    return part.invoice_id == invoice_id and not part.is_planned
