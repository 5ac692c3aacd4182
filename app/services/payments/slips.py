from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.database import Transaction
from app.errors import NotFound
from app.models.billing.books import ChargeClass
from app.models.money import ZERO, Money, total
from app.models.payments.payment import LARGEST_TRANSFER
from app.models.payments.refusals import AmountInvalid, InvoiceAlreadyPaid
from app.models.payments.settings import PaymentSettings
from app.models.payments.slip import (
    Debt,
    PaymentSlip,
    Recipient,
    RecipientUnknown,
    slip_in_advance,
    slip_of_debt,
)
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.callers import CallerRepository
from app.repositories.payments.payable import Payable, PayableRepository
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
            debt = await _debt(transaction, found[0])
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
        chosen = self.context.settings.of(PaymentSettings)
        if not (chosen.recipient_name and chosen.recipient_iban and chosen.recipient_tax_id):
            raise RecipientUnknown
        return Recipient(
            name=chosen.recipient_name,
            tax_id=chosen.recipient_tax_id,
            iban=chosen.recipient_iban,
            bank=chosen.recipient_bank,
        )


async def _debt(transaction: Transaction, of: Payable) -> Debt:
    invoice = await PayableRepository(transaction).invoice(of.organization_id, of.invoice_id)
    parts = [
        part
        for part in await InvoiceRepository(transaction).open_parts([of.key])
        if part.invoice_id == of.invoice_id and not part.is_disputed
    ]
    owed = total(part.outstanding for part in parts)
    if invoice is None or owed <= ZERO:
        raise InvoiceAlreadyPaid(invoice_id=str(of.invoice_id))
    return Debt(
        account_number=of.account_number,
        number=invoice.number,
        issued_on=invoice.issued_on,
        period=invoice.period,
        charges=[ChargeClass(part.charge) for part in parts],
        outstanding=owed,
        total=invoice.total,
        vat=invoice.vat,
    )
