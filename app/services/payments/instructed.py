from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from app.models.payments.acquiring import (
    Acquirer,
    AcquirerRefused,
    AcquirerUnavailable,
    Charge,
    ChargeStatus,
    ChargeUnknown,
)
from app.models.payments.charges import PaymentMismatched
from app.models.payments.instruction import (
    MOST_CALLS,
    MOST_LOOKS,
    InstructionKind,
    InstructionStatus,
    PaymentInstruction,
)
from app.repositories.payments.instructions import InstructionRepository
from app.repositories.payments.payments import PaymentRepository
from app.services.context import Context
from app.services.payments.charging import Report, apply
from app.services.payments.gateway import Gateway

AT_ONCE: Final = 20
"""Instructions looked after in one run; another run follows while any are due."""
NO_ANSWER: Final = "no_answer"
UNKNOWN: Final = "unknown_to_acquirer"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is asked of the acquirer in one call."""

    id: UUID
    payment_id: UUID
    provider_ref: str
    instruction: PaymentInstruction
    is_first: bool
    """Nobody has called before: there is nothing to look for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructedService:
    """Tells the acquirer what the operator wants of a payment, and sees that it is done.

    A worker that dies between the call and what it learns leaves the instruction due: the next
    one asks what became of it before it calls again.
    """

    context: Context
    gateway: Gateway

    async def instruct(self) -> int:
        """Look after the instructions that are due, and tell how many."""
        acquirer = self.gateway.acquirer
        if acquirer is None:
            return 0
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            due = await InstructionRepository(transaction).due(now=now, limit=AT_ONCE)
        for payment_id in due:
            task = await self._claim(payment_id)
            if task is not None:
                await self._do(acquirer, task)
        return len(due)

    async def _claim(self, payment_id: UUID) -> Task | None:
        """Return what is to be done, and keep other workers from doing the same."""
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            payment = await PaymentRepository(transaction).lock(payment_id)
            given = await InstructionRepository(transaction).under_way(payment_id)
            if payment is None or given is None or given.due_at is None or given.due_at > now:
                return None
            if given.looks >= MOST_LOOKS or payment.provider_ref is None:
                given.end(InstructionStatus.FAILED, now=now, failure=NO_ANSWER)
                log.error("instruction_unanswered", payment=str(payment_id))
                return None
            given.due_at, given.looks = given.next_look(now), given.looks + 1
            if self.gateway.of(payment) is None:
                return None
            is_first, given.calls = given.calls == 0, max(given.calls, 1)
            return Task(
                id=given.id,
                payment_id=payment_id,
                provider_ref=payment.provider_ref,
                instruction=given,
                is_first=is_first,
            )

    async def _do(self, acquirer: Acquirer, task: Task) -> None:
        try:
            if not task.is_first and not await self._has_to_repeat(acquirer, task):
                return
            said = await _call(acquirer, task)
            if said is ChargeStatus.FAILED:
                await self._fail(task, said.value)
                return
            await self._look(acquirer, task)
        except AcquirerRefused as error:
            log.warning("acquirer_refused", payment=str(task.payment_id), reason=error.reason)
            await self._refused(acquirer, task, error.reason)
        except AcquirerUnavailable as error:
            log.warning("acquirer_failed", payment=str(task.payment_id), reason=error.reason)

    async def _has_to_repeat(self, acquirer: Acquirer, task: Task) -> bool:
        """Tell whether the acquirer knows nothing of an earlier call, and may be called again."""
        charge = await self._look(acquirer, task)
        known = [each for each in charge.refunds if each.reference == str(task.id)]
        if any(each.status is ChargeStatus.FAILED for each in known):
            await self._fail(task, ChargeStatus.FAILED.value)
        async with self.context.database.begin() as transaction:
            await PaymentRepository(transaction).lock(task.payment_id)
            given = await InstructionRepository(transaction).under_way(task.payment_id)
            if given is None or given.id != task.id or known or given.calls >= MOST_CALLS:
                return False
            given.calls += 1
        return True

    async def _look(self, acquirer: Acquirer, task: Task) -> Charge:
        """Ask what has become of the charge, and move the payment there."""
        charge = await acquirer.status(task.provider_ref)
        now = self.context.clock.now()
        try:
            async with self.context.database.begin() as transaction:
                payment = await PaymentRepository(transaction).lock(task.payment_id)
                if payment is not None:
                    await apply(transaction, payment, Report(charge=charge, source="poll"), now=now)
        except PaymentMismatched:
            log.error("payment_mismatched", payment=str(task.payment_id))  # noqa: TRY400 - no trace
        return charge

    async def _refused(self, acquirer: Acquirer, task: Task, reason: str) -> None:
        """End what was refused; unless it was done before, and only the answer was lost."""
        try:
            await self._look(acquirer, task)
        except ChargeUnknown:
            # Two answers say so, and it did nothing: asking for a week changes nothing.
            log.error(  # noqa: TRY400 - no trace
                "instruction_of_unknown", payment=str(task.payment_id), reason=reason
            )
            await self._fail(task, UNKNOWN)
        except (AcquirerRefused, AcquirerUnavailable):
            return
        else:
            await self._fail(task, reason)

    async def _fail(self, task: Task, failure: str) -> None:
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            await PaymentRepository(transaction).lock(task.payment_id)
            given = await InstructionRepository(transaction).under_way(task.payment_id)
            if given is not None and given.id == task.id:
                given.end(InstructionStatus.FAILED, now=now, failure=failure)


async def _call(acquirer: Acquirer, task: Task) -> ChargeStatus:
    given = task.instruction
    if given.kind == InstructionKind.CAPTURE:
        await acquirer.finalize(task.provider_ref, given.amount)
        return ChargeStatus.SUCCEEDED
    return await acquirer.refund(task.provider_ref, reference=str(given.id), amount=given.amount)
