from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from app.access import Caller, Credentials, Permission, permitted
from app.errors import NotFound
from app.models.idempotency_key import PendingAnswer
from app.models.money import Money
from app.models.payments.acquiring import (
    Acquirer,
    AcquirerRefused,
    AcquirerUnavailable,
    ChargeStatus,
    Checkout,
    CheckoutPage,
    PaymentGatewayUnavailable,
)
from app.models.payments.actions import PaymentAction
from app.models.payments.payment import (
    OPEN,
    POLLS,
    STALE_AFTER,
    VALID_FOR,
    Payment,
    PaymentFilter,
    PaymentStatus,
)
from app.models.payments.refusals import PaymentNotCancellable
from app.models.payments.return_urls import ReturnUrls
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.payments.payment_views import NEWEST, PaymentViewRepository
from app.repositories.payments.payments import PaymentRepository
from app.security.cursors import Page
from app.services.context import Context
from app.services.payments.charging import Report, apply
from app.services.payments.drafts import PaymentAsked, begin, shares_of
from app.services.payments.gateway import Gateway
from app.services.payments.outcomes import ShownPayment
from app.services.payments.settling import Settling

RETRY_SECONDS: Final = 60
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentService:
    """Payments that members begin, look at and call off."""

    context: Context
    gateway: Gateway
    return_urls: ReturnUrls
    largest: Money
    """By card at once."""
    is_held: bool = False
    """Whether a card's money is only blocked until the operator takes it."""

    async def start(
        self,
        credentials: Credentials,
        asked: PaymentAsked,
        *,
        origin: Origin,
        once: PendingAnswer[ShownPayment] | None = None,
    ) -> ShownPayment:
        """Begin a payment by card, and return it with the page of the acquirer.

        Our own row is committed before the acquirer hears of it, so that nothing it may say later
        is about a payment that we do not know.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound, LinkScopeMissing, InvoiceAlreadyPaid, AmountInvalid: see `shares_of`.
        :raises ReturnUrlNotAllowed:
        :raises PaymentInProgress: an invoice is being paid already.
        :raises PaymentGatewayUnavailable: the acquirer made no page; nothing was charged.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).get(credentials, now=now)
            permitted(caller, Permission.PAY_BILLS)
            if asked.return_url is not None:
                self.return_urls.require(asked.return_url)
            shares = await shares_of(transaction, credentials, asked, largest=self.largest, now=now)
            acquirer = self.gateway.require()
            payment, targets = await begin(
                transaction, credentials, shares, gateway=self.gateway.name, now=now
            )
            companies = {target.account_organization_id for target in targets}
            trail = AuditWriter.of_member(transaction, credentials, origin, now)
            others = sorted(companies - {credentials.organization_id})
            for other_id in others or [credentials.organization_id]:
                await trail.record(
                    PaymentAction.PAYMENT_STARTED,
                    subject_id=payment.id,
                    other_id=other_id,
                    amount=str(payment.amount),
                )
        page = await self._page(acquirer, payment, asked.return_url)
        return await self._open(credentials, payment.id, page, once)

    async def newest(
        self,
        credentials: Credentials,
        chosen: PaymentFilter,
        *,
        limit: int,
        cursor: str | None,
    ) -> Page[ShownPayment]:
        """Return the payments that the caller may see, newest first.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"payments:{credentials.organization_id}:{chosen.account_id}:{chosen.status}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.begin() as transaction:
            caller = viewing(await CallerRepository(transaction).see(credentials, now=now))
            rows = await PaymentViewRepository(transaction).newest(
                credentials,
                chosen,
                after=UUID(asked.after[0]) if asked.after else NEWEST,
                limit=asked.rows,
                now=now,
            )
        shown = [ShownPayment.of(row, seen_by=caller.organization_id) for row in rows]
        return asked.page(shown, lambda last: (str(last.payment.id),))

    async def get(self, credentials: Credentials, payment_id: UUID) -> ShownPayment:
        """Return a payment; the acquirer is asked first if its answer may be stale.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: no such payment, or none of the caller's business.
        """
        now = self.context.clock.now()
        shown = await self._shown(credentials, payment_id, now)
        if not _may_be_stale(shown.payment, now):
            return shown
        await self._ask(shown.payment)
        return await self._shown(credentials, payment_id, now)

    async def cancel(
        self, credentials: Credentials, payment_id: UUID, *, origin: Origin
    ) -> ShownPayment:
        """Close the acquirer's page, on which nobody has paid.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: no such payment, or one that another company has begun.
        :raises PaymentNotCancellable: somebody has paid, or it has ended.
        :raises PaymentGatewayUnavailable: the page may still be open; try again.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).get(credentials, now=now)
            permitted(caller, Permission.PAY_BILLS)
        shown = await self._shown(credentials, payment_id, now)
        if not shown.is_own:
            raise NotFound
        if shown.payment.state is PaymentStatus.CANCELLED:
            return shown
        await self._remove(shown.payment)
        async with self.context.database.begin() as transaction:
            payments = PaymentRepository(transaction)
            payment = await payments.lock(payment_id)
            if payment is None or payment.state is not PaymentStatus.CREATED:
                raise PaymentNotCancellable
            await Settling(transaction, now=now).lock(await payments.targets(payment_id))
            payment.status, payment.poll_at = PaymentStatus.CANCELLED.value, None
            await payments.close_targets(payment_id)
            await payments.note(payment, source="member", now=now)
            trail = AuditWriter.of_member(transaction, credentials, origin, now)
            await trail.record(PaymentAction.PAYMENT_CANCELLED, subject_id=payment_id)
        return await self._shown(credentials, payment_id, now)

    async def _page(
        self, acquirer: Acquirer, payment: Payment, return_url: str | None
    ) -> CheckoutPage | None:
        checkout = Checkout(
            reference=str(payment.id),
            amount=payment.amount,
            description=payment.purpose,
            return_url=return_url,
            notification_url=self.gateway.notification_url,
            valid_for=VALID_FOR,
            expires_at=payment.expires_at or payment.created_at + VALID_FOR,
            is_held=self.is_held,
        )
        try:
            return await acquirer.create(checkout)
        except (AcquirerUnavailable, AcquirerRefused) as error:
            log.warning("acquirer_failed", payment=str(payment.id), reason=error.reason)
            return None

    async def _open(
        self,
        credentials: Credentials,
        payment_id: UUID,
        page: CheckoutPage | None,
        once: PendingAnswer[ShownPayment] | None,
    ) -> ShownPayment:
        """Write down where the payment is paid, or that it cannot be.

        :raises PaymentGatewayUnavailable: there is no page.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            payments = PaymentRepository(transaction)
            payment = await payments.lock(payment_id)
            if payment is None:
                raise NotFound
            if page is None and payment.state is PaymentStatus.CREATED:
                await Settling(transaction, now=now).lock(await payments.targets(payment_id))
                payment.status, payment.poll_at = PaymentStatus.FAILED.value, None
                payment.failure = PaymentGatewayUnavailable.code
                await payments.close_targets(payment_id)
                await payments.note(payment, source="member", now=now)
            if page is not None:
                payment.provider_ref, payment.page_url = page.provider_ref, page.url
                if payment.state is PaymentStatus.CREATED:
                    payment.poll_at = now + POLLS[0]
                await transaction.flush()
                row = await PaymentViewRepository(transaction).one(credentials, payment_id, now=now)
                if row is None:
                    raise NotFound
                shown = ShownPayment.of(row, seen_by=credentials.organization_id)
                await IdempotencyKeyRepository(transaction).settle(once, shown)
                return shown
        raise PaymentGatewayUnavailable(retry_after=RETRY_SECONDS)

    async def _shown(
        self, credentials: Credentials, payment_id: UUID, now: datetime
    ) -> ShownPayment:
        async with self.context.database.begin() as transaction:
            caller = viewing(await CallerRepository(transaction).see(credentials, now=now))
            row = await PaymentViewRepository(transaction).one(credentials, payment_id, now=now)
        if row is None:
            raise NotFound
        return ShownPayment.of(row, seen_by=caller.organization_id)

    async def _ask(self, payment: Payment) -> ChargeStatus:
        """Ask the acquirer what has become of a payment; what it does not tell changes nothing.

        A page that is closed is left to whoever asked: it may have been closed for them.
        """
        acquirer = self.gateway.of(payment)
        if acquirer is None or payment.provider_ref is None:
            return ChargeStatus.UNKNOWN
        try:
            charge = await acquirer.status(payment.provider_ref)
        except (AcquirerUnavailable, AcquirerRefused) as error:
            log.warning("acquirer_failed", payment=str(payment.id), reason=error.reason)
            return ChargeStatus.UNKNOWN
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            locked = await PaymentRepository(transaction).lock(payment.id)
            if locked is not None and charge.status is not ChargeStatus.EXPIRED:
                locked.asked_at = now
                await apply(transaction, locked, Report(charge=charge, source="poll"), now=now)
        return charge.status

    async def _remove(self, payment: Payment) -> None:
        if payment.state is not PaymentStatus.CREATED:
            raise PaymentNotCancellable
        if payment.provider_ref is None:
            # The acquirer is being asked for the page in this moment.
            raise PaymentNotCancellable
        acquirer = self.gateway.of(payment)
        if acquirer is None:
            raise PaymentGatewayUnavailable(retry_after=RETRY_SECONDS)
        try:
            await acquirer.remove(payment.provider_ref)
        except AcquirerRefused:
            if await self._ask(payment) is not ChargeStatus.EXPIRED:
                raise PaymentNotCancellable from None
        except AcquirerUnavailable as error:
            log.warning("acquirer_failed", payment=str(payment.id), reason=error.reason)
            raise PaymentGatewayUnavailable(retry_after=RETRY_SECONDS) from None


def viewing(caller: Caller | None) -> Caller:
    return permitted(caller, Permission.VIEW_BILLS)


def _may_be_stale(payment: Payment, now: datetime) -> bool:
    """Tell whether the acquirer may know more, and was not asked a moment ago."""
    asked_at = payment.asked_at or payment.created_at
    return payment.state in OPEN and now - asked_at >= STALE_AFTER
