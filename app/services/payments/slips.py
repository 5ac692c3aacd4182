from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.errors import NotFound
from app.models.money import ZERO, Money
from app.models.payments.payment import LARGEST_TRANSFER
from app.models.payments.refusals import AmountInvalid, InvoiceAlreadyPaid
from app.models.payments.settings import PaymentSettings
from app.models.payments.slip import (
    PaymentSlip,
    Recipient,
    slip_in_advance,
    slip_of_debt,
)
from app.repositories.callers import CallerRepository
from app.repositories.payments.payable import PayableRepository
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSlipService:
    """Tells where and for what to pay by bank."""

    context: Context

    async def of_invoice(self, credentials: Credentials, invoice_id: UUID) -> PaymentSlip:
        """Return the slip of what is still owed of an invoice.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound, LinkScopeMissing: no such invoice, or not for the caller.
        :raises InvoiceAlreadyPaid: nothing is owed.
        :raises RecipientUnknown:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).see(credentials, now=now)
            permitted(caller, Permission.VIEW_BILLS)
            found = await PayableRepository(transaction).invoices(
                credentials, [invoice_id], now=now
            )
            if not found:
                raise NotFound
            found[0].reach.require(Permission.VIEW_BILLS)
            debt = await PayableRepository(transaction).debt(found[0])
        if debt is None:
            raise InvoiceAlreadyPaid(invoice_id=str(invoice_id))
        return slip_of_debt(debt, self._recipient())

    async def of_account(
        self, credentials: Credentials, account_id: UUID, amount: Money | None
    ) -> PaymentSlip:
        """Return the slip of a payment in advance.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound, LinkScopeMissing: no such account, or not for the caller.
        :raises AmountInvalid: no sum that a slip holds.
        :raises RecipientUnknown:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).see(credentials, now=now)
            permitted(caller, Permission.VIEW_BILLS)
            to = await PayableRepository(transaction).account(credentials, account_id, now=now)
        if to is None:
            raise NotFound
        to.reach.require(Permission.VIEW_BILLS)
        if amount is not None and not ZERO < amount <= LARGEST_TRANSFER:
            raise AmountInvalid.of_parameter(largest=str(LARGEST_TRANSFER))
        return slip_in_advance(to.account_number, amount, self._recipient())

    def _recipient(self) -> Recipient:
        return Recipient.of(self.context.settings.of(PaymentSettings))
