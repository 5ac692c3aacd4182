from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.idempotency_key import PendingAnswer
from app.models.orders.actions import OrderAction
from app.models.orders.fee import FeeStatus
from app.models.orders.order_detail import OrderDetail
from app.models.orders.order_status import OrderStatus, Side, require_possible
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.orders.moves import LoadedOrder, OrderMoves
from app.repositories.orders.reach import ReachRepository
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMoveService:
    """What a customer does with an order that is placed."""

    context: Context

    async def cancel(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        reason: str,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None = None,
    ) -> OrderDetail:
        """End an order before the work begins; what was paid is to be paid back.

        :raises NotFound, LinkScopeMissing, PermissionMissing:
        :raises OrderNotChangeable: the work has begun, or the order has ended.
        """

        async def cancelled(moves: OrderMoves, loaded: LoadedOrder) -> None:
            await moves.move(loaded, OrderStatus.CANCELLED, side=Side.CUSTOMER, comment=reason)

        return await self._moved(
            credentials, order_id, cancelled, OrderAction.ORDER_MOVED, origin=origin, once=once
        )

    async def accept_quote(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None = None,
    ) -> OrderDetail:
        """Agree to the sum that the operator has told; it is invoiced then.

        :raises NotFound, LinkScopeMissing, PermissionMissing, OrderNotChangeable:
        :raises QuoteExpired: the sum was told for a time that has passed.
        """
        now = self.context.clock.now()

        async def accepted(moves: OrderMoves, loaded: LoadedOrder) -> None:
            order, fee = loaded.order, loaded.fee
            facts = order.facts(loaded.service, fee)
            require_possible(order.state, OrderStatus.AWAITING_PAYMENT, Side.CUSTOMER, facts)
            if fee is not None:
                fee.require_valid(kyiv_date(now))
                fee.status, fee.changed_at = FeeStatus.DUE.value, now
                # The invoice has a term of its own.
                fee.valid_until = None
            await moves.move(loaded, OrderStatus.AWAITING_PAYMENT, side=Side.CUSTOMER)

        return await self._moved(
            credentials, order_id, accepted, OrderAction.ORDER_MOVED, origin=origin, once=once
        )

    async def accept_act(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None = None,
    ) -> OrderDetail:
        """Accept the act of what was done.

        :raises NotFound, LinkScopeMissing, PermissionMissing, OrderNotChangeable:
        """

        async def accepted(moves: OrderMoves, loaded: LoadedOrder) -> None:
            await moves.move(loaded, OrderStatus.ACT_SIGNED, side=Side.CUSTOMER)

        return await self._moved(
            credentials, order_id, accepted, OrderAction.ORDER_MOVED, origin=origin, once=once
        )

    async def say(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        text: str,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None = None,
    ) -> OrderDetail:
        """Write to the operator about an order.

        :raises NotFound, LinkScopeMissing, PermissionMissing, TooManyMessages:
        """

        async def said(moves: OrderMoves, loaded: LoadedOrder) -> None:
            await moves.say(loaded.order, Side.CUSTOMER, text)

        return await self._moved(
            credentials, order_id, said, OrderAction.ORDER_MESSAGE_SENT, origin=origin, once=once
        )

    async def mark_read(self, credentials: Credentials, order_id: UUID) -> None:
        """Mark what the operator has written about an order as read.

        :raises NotFound, LinkScopeMissing, PermissionMissing:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            permitted(
                await CallerRepository(transaction).get(credentials, now=now),
                Permission.VIEW_ORDERS,
            )
            reach = ReachRepository(transaction)
            reached = await reach.order(order_id, credentials, now=now)
            if reached is None:
                raise NotFound
            reached.reach.require(Permission.VIEW_ORDERS)
            order = await reach.lock_order(reached, order_id)
            await OrderMoves(transaction, now).orders.mark_read(order, by=Side.CUSTOMER, now=now)

    async def _moved(
        self,
        credentials: Credentials,
        order_id: UUID,
        deed: Callable[[OrderMoves, LoadedOrder], Awaitable[None]],
        action: OrderAction,
        *,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None,
    ) -> OrderDetail:
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = permitted(
                await CallerRepository(transaction).get(credentials, now=now),
                Permission.PLACE_METER_ORDERS,
            )
            reach, moves = ReachRepository(transaction), OrderMoves(transaction, now)
            shown = await reach.order(order_id, credentials, now=now)
            reached = await reach.hold(shown, credentials)
            if reached is None:
                raise NotFound
            reached.reach.require(Permission.PLACE_ORDERS)
            loaded = await moves.load(await reach.lock_order(reached, order_id))
            if not loaded.service.has("is_about_meters"):
                permitted(caller, Permission.PLACE_ORDERS)
            await deed(moves, loaded)
            order = loaded.order
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                action,
                subject_id=order.id,
                other_id=order.organization_id,
                number=order.number,
                status=order.status,
            )
            detail = await moves.detail(order.key)
            await IdempotencyKeyRepository(transaction).settle(once, detail)
        return detail
