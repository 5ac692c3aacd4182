from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.clock import Clock
from app.database import Database, Transaction
from app.errors import NotFound
from app.models.base import new_id
from app.models.money import Money
from app.models.payments.actions import PaymentAction
from app.models.payments.instruction import (
    CaptureExceedsHeld,
    InstructionKind,
    InstructionStatus,
    InstructionUnderWay,
    PaymentInstruction,
    PaymentNotHeld,
    PaymentNotRefundable,
    RefundExceedsPaid,
)
from app.models.payments.payment import OPEN, PAID, Payment, PaymentMethod
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.payments.instructions import InstructionRepository
from app.repositories.payments.payments import PaymentRepository

MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionService:
    """Takes down what the acquirer is to do with a payment; the worker tells it.

    The money moves in the ledger when the acquirer says that it has moved.
    """

    database: Database
    clock: Clock

    async def refund(
        self, payment_id: UUID, amount: Money | None, *, approved_by: str, act: OperatorAct
    ) -> PaymentInstruction:
        """Have money given back to the card that paid; by default all that has not gone back.

        :raises NotFound: no such payment.
        :raises PaymentNotRefundable, RefundExceedsPaid, InstructionUnderWay:
        """
        async with self.database.begin() as transaction:
            payment = await _locked(transaction, payment_id)
            by_card = payment.method == PaymentMethod.CARD and payment.provider_ref is not None
            if payment.state not in PAID or not by_card:
                raise PaymentNotRefundable
            wanted = amount or payment.received
            if wanted > payment.received:
                raise RefundExceedsPaid(available=str(payment.received))
            given = self._instruction(payment, InstructionKind.REFUND, wanted, act)
            given.act = given.act | {"approved_by": approved_by}
            await _give(transaction, payment, given, act)
        return given

    async def capture(
        self, payment_id: UUID, amount: Money | None, *, act: OperatorAct
    ) -> PaymentInstruction:
        """Have the money taken that is held on a card, or a part of it.

        :raises NotFound: no such payment.
        :raises PaymentNotHeld, CaptureExceedsHeld, InstructionUnderWay:
        """
        async with self.database.begin() as transaction:
            payment = await _held(transaction, payment_id)
            wanted = amount or payment.amount
            if wanted > payment.amount:
                raise CaptureExceedsHeld(available=str(payment.amount))
            given = self._instruction(payment, InstructionKind.CAPTURE, wanted, act)
            await _give(transaction, payment, given, act)
        return given

    async def release(self, payment_id: UUID, *, act: OperatorAct) -> PaymentInstruction:
        """Have the money let go that is held on a card.

        :raises NotFound: no such payment.
        :raises PaymentNotHeld, InstructionUnderWay:
        """
        async with self.database.begin() as transaction:
            payment = await _held(transaction, payment_id)
            given = self._instruction(payment, InstructionKind.RELEASE, payment.amount, act)
            await _give(transaction, payment, given, act)
        return given

    async def newest(self) -> Sequence[PaymentInstruction]:
        """Return what was given last, up to a thousand."""
        async with self.database.begin() as transaction:
            return await InstructionRepository(transaction).newest(limit=MOST_LISTED)

    def _instruction(
        self, payment: Payment, kind: InstructionKind, amount: Money, act: OperatorAct
    ) -> PaymentInstruction:
        now: datetime = self.clock.now()
        return PaymentInstruction(
            id=new_id(),
            payment_id=payment.id,
            kind=kind.value,
            amount=amount,
            received_before=payment.received,
            status=InstructionStatus.GIVEN.value,
            act=act.details,
            given_at=now,
            due_at=now,
            calls=0,
            looks=0,
        )


async def _locked(transaction: Transaction, payment_id: UUID) -> Payment:
    payment = await PaymentRepository(transaction).lock(payment_id)
    if payment is None:
        raise NotFound
    if await InstructionRepository(transaction).under_way(payment_id):
        raise InstructionUnderWay
    return payment


async def _held(transaction: Transaction, payment_id: UUID) -> Payment:
    payment = await _locked(transaction, payment_id)
    if payment.held_at is None or payment.state not in OPEN:
        raise PaymentNotHeld
    return payment


async def _give(
    transaction: Transaction, payment: Payment, given: PaymentInstruction, act: OperatorAct
) -> None:
    await InstructionRepository(transaction).add(given)
    kind, amount = given.kind, str(given.amount)
    await PaymentRepository(transaction).note(
        payment, source="operator", now=given.given_at, instruction=kind, amount=amount
    )
    trail = AuditWriter.of_operator(transaction, act, payment.organization_id, given.given_at)
    await trail.record(
        PaymentAction.PAYMENT_INSTRUCTED,
        subject_id=payment.id,
        instruction=kind,
        amount=amount,
        approved_by=given.act.get("approved_by"),
    )
