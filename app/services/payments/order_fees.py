from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.models.billing.actions import BillingAction
from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.draft import Draft, DraftLine
from app.models.billing.invoice import Invoice, InvoiceKind
from app.models.billing.payment_terms import due_on
from app.models.billing.posting import Document, DocumentType, Posting, PostingKind
from app.models.money import Money
from app.models.orders.compensation import CompensationStatus
from app.models.orders.fee import FeeStatus, OrderFee
from app.models.orders.order import Order
from app.models.orders.order_status import OrderStatus, Side
from app.models.orders.service import Service
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.issuing import InvoiceIssuer
from app.repositories.billing.ledger import Ledger
from app.repositories.orders.moves import OrderMoves
from app.repositories.payments.order_money import Key, OrderMoneyRepository

AT_ONCE: Final = 50
"""Fees looked for at once; each is done in a transaction of its own."""
CONNECTION: Final = "connection"
"""The category of the catalogue whose fees are a debt of their own class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFeeService:
    """Turns what orders cost, and what is owed for late ones, into invoices and postings.

    Each is done once: the row says so in the transaction of the document, and the document's key
    is the row's id.
    """

    database: Database
    clock: Clock

    async def invoice(self) -> int:
        """Issue the invoices of fees that are due; tell how many."""
        return await self._each(FeeStatus.DUE, self._invoice)

    async def follow_payments(self) -> int:
        """Move on the orders whose invoices are paid; tell how many."""
        async with self.database.begin() as transaction:
            keys = await OrderMoneyRepository(transaction).fees_paid(limit=AT_ONCE)
        return await self._all(keys, FeeStatus.INVOICED, self._paid)

    async def take_back(self) -> int:
        """Correct the invoices of orders that ended before the work began; tell how many.

        What was paid becomes an advance of the account.
        """
        done = await self._each(FeeStatus.WITHDRAWN, self._correct)
        return done + await self._each(FeeStatus.REFUND_DUE, self._correct)

    async def compensate(self) -> int:
        """Credit what the operator owes for late orders to their accounts; tell how many."""
        async with self.database.begin() as transaction:
            keys = await OrderMoneyRepository(transaction).compensations_due(limit=AT_ONCE)
        done = 0
        for key in keys:
            async with self.database.begin() as transaction:
                done += await self._compensate(transaction, key)
        return done

    async def _each(self, status: FeeStatus, work: "Work") -> int:
        async with self.database.begin() as transaction:
            keys = await OrderMoneyRepository(transaction).fees_in(status, limit=AT_ONCE)
        return await self._all(keys, status, work)

    async def _all(self, keys: Sequence[Key], status: FeeStatus, work: "Work") -> int:
        done = 0
        for key in keys:
            async with self.database.begin() as transaction:
                found = await OrderMoneyRepository(transaction).lock_fee(key, status)
                if found is not None:
                    await work(transaction, *found)
                    done += 1
        return done

    async def _invoice(self, transaction: Transaction, order: Order, fee: OrderFee) -> None:
        loaded = await OrderMoves(transaction, self.clock.now()).load(order)
        net = fee.amount - fee.vat
        invoice = await self._issue(
            transaction,
            order,
            Draft(
                issue_key=f"order-fee:{fee.id}",
                kind=InvoiceKind.SERVICE,
                lines=[_line(order, loaded.service, net)],
            ),
        )
        # VAT is counted from the sum without it: the last kopiyka is the document's.
        fee.amount, fee.vat = invoice.total, invoice.vat
        fee.status, fee.invoice_id = FeeStatus.INVOICED.value, invoice.id
        fee.changed_at = self.clock.now()

    async def _paid(self, transaction: Transaction, order: Order, fee: OrderFee) -> None:
        moves = OrderMoves(transaction, self.clock.now())
        fee.status, fee.changed_at = FeeStatus.PAID.value, self.clock.now()
        loaded = await moves.load(order)
        if order.state is OrderStatus.AWAITING_PAYMENT:
            await moves.move(loaded, OrderStatus.PAID, side=Side.SYSTEM)

    async def _correct(self, transaction: Transaction, order: Order, fee: OrderFee) -> None:
        loaded = await OrderMoves(transaction, self.clock.now()).load(order)
        await self._issue(
            transaction,
            order,
            Draft(
                issue_key=f"order-fee-back:{fee.id}",
                kind=InvoiceKind.CORRECTIVE,
                corrects_id=fee.invoice_id,
                lines=[_line(order, loaded.service, -(fee.amount - fee.vat))],
            ),
        )
        is_refund = fee.status == FeeStatus.REFUND_DUE
        fee.status = (FeeStatus.REFUNDED if is_refund else FeeStatus.CANCELLED).value
        fee.changed_at = self.clock.now()

    async def _issue(self, transaction: Transaction, order: Order, draft: Draft) -> Invoice:
        now = self.clock.now()
        today, key = kyiv_date(now), (order.organization_id, order.account_id)
        terms = (await InvoiceRepository(transaction).lock_accounts([key]))[key]
        invoice = await InvoiceIssuer(transaction, now).issue(
            key,
            draft,
            series=f"Z-{today.year}",
            issued_on=today,
            due_on=due_on(today, terms.due_days),
        )
        await AuditWriter.of_nobody(transaction, order.organization_id, now).record(
            BillingAction.INVOICE_ISSUED,
            subject_id=invoice.id,
            number=invoice.number,
            total=str(invoice.total),
            order=order.number,
        )
        return invoice

    async def _compensate(self, transaction: Transaction, key: Key) -> bool:
        found = await OrderMoneyRepository(transaction).lock_compensation(key)
        if found is None:
            return False
        order, row = found
        now = self.clock.now()
        account = (order.organization_id, order.account_id)
        await InvoiceRepository(transaction).lock_accounts([account])
        posting = Posting.of(
            "order_compensation",
            str(row.id),
            PostingKind.COMPENSATION,
            kyiv_date(now),
            (Book(kind=BookKind.COMPENSATION), row.amount),
            (Book.advances(*account), -row.amount),
            document=Document(DocumentType.ORDER, order.id, order.number or ""),
        )
        await Ledger(transaction).post(posting, now=now)
        row.status, row.posting_id = CompensationStatus.CREDITED.value, posting.id
        return True


Work = Callable[[Transaction, Order, OrderFee], Awaitable[None]]


def _line(order: Order, service: Service, net: Money) -> DraftLine:
    is_connection = service.definition["category"] == CONNECTION
    charge = ChargeClass.CONNECTION if is_connection else ChargeClass.WORKS
    return DraftLine(
        code=charge.value,
        charge=charge,
        quantity=Decimal(1),
        unit="service",
        price=net.hryvnias,
        net=net,
        description=f"{service.definition['title']['uk']}, {order.number}",
        basis={"order": order.number, "service_code": order.service_code},
    )
