"""What of orders has to do with money and has not been done yet."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, bindparam, select, text

from app.models.orders.compensation import CompensationStatus, OrderCompensation
from app.models.orders.fee import FeeStatus, OrderFee
from app.models.orders.order import Order
from app.repositories.base import Repository

Key = tuple[UUID, UUID]

_PAID: Final = text("""
SELECT f.organization_id, f.id FROM order_fees f
 WHERE f.status = 'invoiced' AND NOT EXISTS (
       SELECT FROM invoice_parts p
        WHERE p.organization_id = f.organization_id AND p.invoice_id = f.invoice_id
          AND p.paid <> p.total)
 ORDER BY f.id LIMIT :limit
""").bindparams(bindparam("limit", type_=Integer))


class OrderMoneyRepository(Repository):
    async def fees_in(self, status: FeeStatus, *, limit: int) -> Sequence[Key]:
        """Return fees of a status that an invoice is wanted for, or is there for."""
        statement = select(OrderFee.organization_id, OrderFee.id).where(
            OrderFee.status == status.value
        )
        if status is not FeeStatus.DUE:
            statement = statement.where(OrderFee.invoice_id.is_not(None))
        rows = await self._session.execute(statement.order_by(OrderFee.id).limit(limit))
        return [(row.organization_id, row.id) for row in rows]

    async def fees_paid(self, *, limit: int) -> Sequence[Key]:
        """Return fees whose invoices are paid, and that do not know yet."""
        rows = await self._session.execute(_PAID, {"limit": limit})
        return [(row.organization_id, row.id) for row in rows]

    async def compensations_due(self, *, limit: int) -> Sequence[Key]:
        rows = await self._session.execute(
            select(OrderCompensation.organization_id, OrderCompensation.id)
            .where(OrderCompensation.status == CompensationStatus.DUE.value)
            .order_by(OrderCompensation.id)
            .limit(limit)
        )
        return [(row.organization_id, row.id) for row in rows]

    async def lock_fee(self, key: Key, status: FeeStatus) -> tuple[Order, OrderFee] | None:
        """Return a fee with its order; None when somebody was faster.

        The order is locked before its fee, as by whoever moves it.
        """
        fee = await self._session.get_one(OrderFee, key)
        order = await self._session.get_one(
            Order, (key[0], fee.order_id), with_for_update={"key_share": True}
        )
        await self._session.refresh(fee)
        return (order, fee) if fee.status == status.value else None

    async def lock_compensation(self, key: Key) -> tuple[Order, OrderCompensation] | None:
        """Return what is owed with its order; None when somebody was faster."""
        row = await self._session.get_one(OrderCompensation, key)
        order = await self._session.get_one(
            Order, (key[0], row.order_id), with_for_update={"key_share": True}
        )
        await self._session.refresh(row)
        return (order, row) if row.status == CompensationStatus.DUE.value else None
