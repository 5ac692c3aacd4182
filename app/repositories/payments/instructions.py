"""What acquirers are to do with payments. Whoever changes an instruction has locked its payment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.models.payments.instruction import InstructionStatus, PaymentInstruction
from app.repositories.base import Repository


class InstructionRepository(Repository):
    async def add(self, instruction: PaymentInstruction) -> None:
        self._session.add(instruction)
        await self._session.flush()

    async def under_way(self, payment_id: UUID) -> PaymentInstruction | None:
        """Return what the acquirer has to do with a payment and has not done yet."""
        return await self._session.scalar(
            select(PaymentInstruction)
            .where(
                PaymentInstruction.payment_id == payment_id,
                PaymentInstruction.status == InstructionStatus.GIVEN.value,
            )
            .execution_options(populate_existing=True)
        )

    async def due(self, *, now: datetime, limit: int) -> list[UUID]:
        """Return the payments whose instructions are to be looked after, the longest due first."""
        found = await self._session.scalars(
            select(PaymentInstruction.payment_id)
            .where(PaymentInstruction.due_at <= now)
            .order_by(PaymentInstruction.due_at)
            .limit(limit)
        )
        return list(found)

    async def newest(self, *, limit: int) -> Sequence[PaymentInstruction]:
        found = await self._session.scalars(
            select(PaymentInstruction).order_by(PaymentInstruction.id.desc()).limit(limit)
        )
        return list(found)
