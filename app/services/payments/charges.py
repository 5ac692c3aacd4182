from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from app.database import Transaction
from app.errors import NotFound
from app.models.payments.acquiring import (
    AcquirerRefused,
    AcquirerUnavailable,
    Charge,
    ChargeUnknown,
    PaymentGatewayUnavailable,
)
from app.models.payments.charges import PaymentMismatched
from app.models.payments.instruction import HOLD_LIVES
from app.models.payments.payment import OPEN, Payment, PaymentStatus, next_poll
from app.repositories.payments.payments import PaymentRepository
from app.services.context import Context
from app.services.payments.charging import ACTIONS, Report, apply, record
from app.services.payments.gateway import Gateway
from app.services.payments.settling import Settling

AT_ONCE: Final = 20
"""Payments asked about in one run; another run follows while any are due."""
RETRY_SECONDS: Final = 60
GONE: Final = "page_never_made"
UNKNOWN: Final = "unknown_to_acquirer"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeService:
    """Hears of the acquirer what became of payments, or asks where it does not tell."""

    context: Context
    gateway: Gateway

    async def notified(self, sender: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Take a notification, and tell whether it was news.

        However often it comes, and in whatever order, the payment ends in one state.

        :param sender: the acquirer at whose address it came.

        :raises NotificationForged: the acquirer has not signed it.
        :raises NotFound: it is about no payment of ours, or the sender takes no cards here.
        :raises PaymentMismatched: it is about ours, with another amount, currency or name.
        :raises PaymentGatewayUnavailable: it cannot be judged now; the acquirer repeats it.
        """
        if not self.gateway.is_there or sender != self.gateway.name:
            raise NotFound
        try:
            charge = await self.gateway.require().read_notification(headers, body)
        except AcquirerUnavailable as error:
            log.warning("notification_unreadable", reason=error.reason)
            raise PaymentGatewayUnavailable(retry_after=RETRY_SECONDS) from None
        payment_id = _id_in(charge)
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            payment = await PaymentRepository(transaction).lock(payment_id)
            if payment is None or payment.gateway != sender:
                log.error("notification_of_nothing", provider_ref=charge.provider_ref)
                raise NotFound
            report = Report(charge=charge, source="notification")
            try:
                return await apply(transaction, payment, report, now=now)
            except PaymentMismatched:
                log.error("payment_mismatched", payment=str(payment_id))  # noqa: TRY400 - no trace
                raise

    async def poll(self) -> int:
        """Ask about payments that the acquirer has been silent about, and tell how many."""
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            due = await PaymentRepository(transaction).due(now=now, limit=AT_ONCE)
        for payment_id in due:
            await self._ask(payment_id, now)
        return len(due)

    async def _ask(self, payment_id: UUID, now: datetime) -> None:
        provider_ref = await self._claim(payment_id, now)
        acquirer = self.gateway.acquirer
        if provider_ref is None or acquirer is None:
            return
        try:
            charge = await acquirer.status(provider_ref)
        except ChargeUnknown:
            await self._close(payment_id, now, PaymentStatus.EXPIRED, UNKNOWN)
            return
        except (AcquirerUnavailable, AcquirerRefused) as error:
            log.warning("acquirer_failed", payment=str(payment_id), reason=error.reason)
            return
        async with self.context.database.begin() as transaction:
            payment = await PaymentRepository(transaction).lock(payment_id)
            if payment is None:
                return
            try:
                await apply(transaction, payment, Report(charge=charge, source="poll"), now=now)
            except PaymentMismatched:
                log.error("payment_mismatched", payment=str(payment_id))  # noqa: TRY400 - no trace

    async def _claim(self, payment_id: UUID, now: datetime) -> str | None:
        """Return what to ask about, and keep other workers from asking the same."""
        async with self.context.database.begin() as transaction:
            payment = await PaymentRepository(transaction).lock(payment_id)
            if payment is None or payment.poll_at is None or payment.poll_at > now:
                return None
            if payment.provider_ref is None:
                await _end(transaction, payment, PaymentStatus.FAILED, GONE, now)
                return None
            expires_at = _last_moment(payment)
            payment.poll_at = next_poll(polls=payment.polls + 1, now=now, expires_at=expires_at)
            payment.polls += 1
            if payment.poll_at is None:
                await _end(transaction, payment, PaymentStatus.EXPIRED, None, now)
            return payment.provider_ref if self.gateway.of(payment) else None

    async def _close(
        self, payment_id: UUID, now: datetime, status: PaymentStatus, failure: str
    ) -> None:
        async with self.context.database.begin() as transaction:
            payment = await PaymentRepository(transaction).lock(payment_id)
            if payment is not None and payment.state in OPEN:
                await _end(transaction, payment, status, failure, now)


async def _end(
    transaction: Transaction,
    payment: Payment,
    status: PaymentStatus,
    failure: str | None,
    now: datetime,
) -> None:
    """End a payment that brought no money; should any come after all, it still counts."""
    payments = PaymentRepository(transaction)
    await Settling(transaction, now=now).lock(await payments.targets(payment.id))
    payment.status, payment.failure, payment.poll_at = status.value, failure, None
    await payments.close_targets(payment.id)
    await payments.note(payment, source="poll", now=now)
    await record(transaction, payment, ACTIONS.get(status), now=now)


def _last_moment(payment: Payment) -> datetime:
    """Return until when something may become of a payment: of one that is held, for longer."""
    expires_at = payment.expires_at or payment.created_at
    if payment.held_at is None:
        return expires_at
    return max(expires_at, payment.held_at + HOLD_LIVES)


def _id_in(charge: Charge) -> UUID:
    try:
        return UUID(charge.reference or "")
    except ValueError:
        raise NotFound from None
