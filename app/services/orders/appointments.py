from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date, kyiv_midnight
from app.database import Transaction
from app.errors import Flaw, NotFound
from app.models.orders.actions import OrderAction
from app.models.orders.appointment import FARTHEST, LONGEST_SEARCH, AppointmentSlot, SlotNotFound
from app.models.orders.order_detail import OrderDetail
from app.models.orders.order_status import (
    Fact,
    OrderNotChangeable,
    OrderStatus,
    Side,
    require_possible,
)
from app.models.period import RangeInvalid
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.orders.appointments import AppointmentRepository
from app.repositories.orders.moves import LoadedOrder, OrderMoves
from app.repositories.orders.reach import ReachRepository
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentService:
    """Lets customers choose when a crew comes."""

    context: Context

    async def list_free(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        first: date | None,
        last: date | None,
    ) -> Sequence[AppointmentSlot]:
        """Return slots with places left where the order's account is, from tomorrow on.

        :raises NotFound, LinkScopeMissing, PermissionMissing:
        :raises RangeInvalid: the days end before they begin.
        """
        now = self.context.clock.now()
        today = kyiv_date(now)
        if last is not None and last < (first or today):
            raise RangeInvalid(flaws=[Flaw("from", RangeInvalid.code)])
        begin = min(max(first or today, today), today + FARTHEST)
        end = min(last or begin + LONGEST_SEARCH, begin + LONGEST_SEARCH)
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).see(credentials, now=now)
            permitted(caller, Permission.VIEW_ORDERS)
            reach = ReachRepository(transaction)
            reached = await reach.order(order_id, credentials, now=now)
            if reached is None:
                raise NotFound
            reached.reach.require(Permission.VIEW_ORDERS)
            appointments = AppointmentRepository(transaction)
            district = await appointments.district_of(await reach.get_order(reached, order_id))
            if district is None:
                return []
            since = max(kyiv_midnight(begin), now)
            return await appointments.list_free(
                district, since=since, until=kyiv_midnight(end + timedelta(days=1))
            )

    async def book(
        self, credentials: Credentials, order_id: UUID, starts_at: datetime, *, origin: Origin
    ) -> OrderDetail:
        """Book a slot, or move the appointment once; the same slot again changes nothing.

        :raises NotFound, LinkScopeMissing, PermissionMissing:
        :raises OrderNotChangeable: no appointments, still to be paid, or the work has begun.
        :raises SlotNotFound, SlotPast, SlotTaken, AppointmentMovedAlready:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            loaded = await _placing(transaction, moves, credentials, order_id, now)
            order, appointments = loaded.order, AppointmentRepository(transaction)
            known = await appointments.of(order)
            if known is not None and known.starts_at == starts_at:
                return await moves.detail(order.key)
            facts = order.facts(loaded.service, loaded.fee)
            if order.state is not OrderStatus.SCHEDULED:
                require_possible(order.state, OrderStatus.SCHEDULED, Side.CUSTOMER, facts)
            elif known is not None:
                known.count_customer_move()
            district = await appointments.district_of(order)
            if district is None:
                raise SlotNotFound
            await appointments.book(order, district, starts_at, now=now)
            if order.state is not OrderStatus.SCHEDULED:
                await moves.move(loaded, OrderStatus.SCHEDULED, side=Side.CUSTOMER)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                OrderAction.ORDER_SCHEDULED,
                subject_id=order.id,
                other_id=order.organization_id,
                number=order.number,
                starts_at=starts_at.isoformat(),
            )
            return await moves.detail(order.key)

    async def release(self, credentials: Credentials, order_id: UUID, *, origin: Origin) -> None:
        """Give the appointment back; the order waits to be scheduled again.

        :raises NotFound, LinkScopeMissing, PermissionMissing:
        :raises OrderNotChangeable: it is not scheduled.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            loaded = await _placing(transaction, moves, credentials, order_id, now)
            order = loaded.order
            if order.state is not OrderStatus.SCHEDULED:
                raise OrderNotChangeable(order_status=order.status, possible=[])
            facts = order.facts(loaded.service, loaded.fee)
            target = OrderStatus.PAID if Fact.PAID in facts else OrderStatus.REGISTERED
            await moves.move(loaded, target, side=Side.CUSTOMER)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                OrderAction.ORDER_MOVED,
                subject_id=order.id,
                other_id=order.organization_id,
                number=order.number,
                status=order.status,
            )


async def _placing(
    transaction: Transaction,
    moves: OrderMoves,
    credentials: Credentials,
    order_id: UUID,
    now: datetime,
) -> LoadedOrder:
    caller = permitted(
        await CallerRepository(transaction).get(credentials, now=now),
        Permission.PLACE_METER_ORDERS,
    )
    reach = ReachRepository(transaction)
    reached = await reach.hold(await reach.order(order_id, credentials, now=now), credentials)
    if reached is None:
        raise NotFound
    reached.reach.require(Permission.PLACE_ORDERS)
    loaded = await moves.load(await reach.lock_order(reached, order_id))
    if not loaded.service.has("is_about_meters"):
        permitted(caller, Permission.PLACE_ORDERS)
    return loaded
