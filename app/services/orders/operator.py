from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.clock import Clock, kyiv_date
from app.database import Database
from app.errors import Flaw
from app.models.base import new_id
from app.models.money import Money, vat_inside
from app.models.orders.actions import OrderAction
from app.models.orders.answers import require_answers
from app.models.orders.appointment import SlotNotFound
from app.models.orders.fee import FeeStatus, OrderFee
from app.models.orders.order import (
    AlreadyThere,
    CommentMissing,
    Order,
    OrderNumberUnknown,
    PointMissing,
    QuoteInvalid,
)
from app.models.orders.order_detail import OrderDetail, OrderSummary
from app.models.orders.order_status import OrderStatus, Side, require_possible
from app.models.orders.service import FeeKind, Service, ServiceNotFound, ServiceNotOfStaff
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.orders.moves import LoadedOrder, OrderMoves
from app.repositories.orders.services import ServiceRepository

VAT_RATE: Final = Decimal("0.20")
MOST_LISTED: Final = 200
LONGEST_TEXT: Final = 4000
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOperatorService:
    """What the operator's staff does with orders, on the record."""

    database: Database
    clock: Clock

    async def work_list(self, *, status: OrderStatus | None) -> Sequence[OrderSummary]:
        """Return the orders to work on, the earliest due first."""
        now = self.clock.now()
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            found = await moves.orders.work_list(
                status=status.value if status else None, limit=MOST_LISTED
            )
            return await moves.summaries([each.key for each in found])

    async def show(self, number: str) -> OrderDetail:
        """Return an order.

        :raises OrderNumberUnknown:
        """
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, self.clock.now())
            order = _existing(await moves.orders.find_by_number(number))
            return await moves.detail(order.key)

    async def move(
        self, number: str, target: OrderStatus, *, comment: str | None, act: OperatorAct
    ) -> OrderDetail:
        """Move an order; the comment is what the customer reads.

        :raises OrderNumberUnknown, OrderNotChangeable, AlreadyThere:
        :raises CommentMissing: a question or a rejection without one.
        """

        async def moved(moves: OrderMoves, loaded: LoadedOrder) -> None:
            if loaded.order.state is target:
                raise AlreadyThere
            if target in {OrderStatus.NEEDS_INFO, OrderStatus.REJECTED} and not comment:
                raise CommentMissing
            await moves.move(loaded, target, side=Side.OPERATOR, comment=comment)
            if target is OrderStatus.REGISTERED and loaded.fee is not None:
                loaded.fee.end(has_begun=True, now=self.clock.now())
                await moves.follow_up(loaded)

        return await self._done(number, moved, OrderAction.ORDER_MOVED, act)

    async def reject(
        self, number: str, *, basis: str, clause: str, comment: str, act: OperatorAct
    ) -> OrderDetail:
        """Reject an order by an act of law and its clause; what was paid is to be paid back.

        :raises OrderNumberUnknown, OrderNotChangeable, AlreadyThere, CommentMissing:
        """
        if not (basis.strip() and clause.strip() and comment.strip()):
            raise CommentMissing
        told = f"{comment.strip()} ({basis.strip()}, {clause.strip()})"
        return await self.move(number, OrderStatus.REJECTED, comment=told, act=act)

    async def quote(
        self, number: str, *, amount: Money, valid_until: date, act: OperatorAct
    ) -> OrderDetail:
        """Tell the customer what an order will cost, with VAT, and until when that holds.

        :raises OrderNumberUnknown, OrderNotChangeable:
        :raises QuoteInvalid: no sum, or a day that has passed.
        """
        now = self.clock.now()
        if amount.kopiykas <= 0 or valid_until < kyiv_date(now):
            raise QuoteInvalid

        async def quoted(moves: OrderMoves, loaded: LoadedOrder) -> None:
            order = loaded.order
            fee = loaded.fee or OrderFee(
                organization_id=order.organization_id, id=new_id(), order_id=order.id
            )
            fee.kind, fee.status = FeeKind.CALCULATED.value, FeeStatus.QUOTED.value
            fee.amount, fee.vat = amount, vat_inside(amount, VAT_RATE)
            fee.valid_until, fee.invoice_id, fee.changed_at = valid_until, None, now
            await moves.orders.add_row(fee)
            loaded = LoadedOrder(order, loaded.service, fee)
            await moves.move(loaded, OrderStatus.QUOTED, side=Side.OPERATOR)

        return await self._done(number, quoted, OrderAction.ORDER_MOVED, act)

    async def schedule(self, number: str, starts_at: datetime, *, act: OperatorAct) -> OrderDetail:
        """Book a slot for an order, or another one; the customer need not agree.

        :raises OrderNumberUnknown, OrderNotChangeable, SlotNotFound, SlotPast, SlotTaken:
        """

        async def scheduled(moves: OrderMoves, loaded: LoadedOrder) -> None:
            order, now = loaded.order, self.clock.now()
            district = await moves.appointments.district_of(order)
            if district is None:
                raise SlotNotFound
            if order.state is not OrderStatus.SCHEDULED:
                facts = order.facts(loaded.service, loaded.fee)
                require_possible(order.state, OrderStatus.SCHEDULED, Side.OPERATOR, facts)
            await moves.appointments.book(order, district, starts_at, now=now)
            if order.state is not OrderStatus.SCHEDULED:
                await moves.move(loaded, OrderStatus.SCHEDULED, side=Side.OPERATOR)

        return await self._done(number, scheduled, OrderAction.ORDER_SCHEDULED, act)

    async def say(self, number: str, *, text: str, act: OperatorAct) -> OrderDetail:
        """Write to the customer about an order; what they have written counts as read.

        :raises OrderNumberUnknown, TooManyMessages:
        :raises CommentMissing: no text, or one that is too long.
        """
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise CommentMissing

        async def said(moves: OrderMoves, loaded: LoadedOrder) -> None:
            now = self.clock.now()
            await moves.orders.mark_read(loaded.order, by=Side.OPERATOR, now=now)
            await moves.say(loaded.order, Side.OPERATOR, text.strip())

        return await self._done(number, said, OrderAction.ORDER_MESSAGE_SENT, act)

    async def open_after(
        self, number: str, service_code: str, answers: Mapping[str, Any], *, act: OperatorAct
    ) -> OrderDetail:
        """Open an order of a service of the staff's own, after an order of a customer.

        It is about the same account and point, and belongs to who placed the first one; it is
        registered at once, and its clock runs.

        :raises OrderNumberUnknown, ServiceNotFound, ServiceNotOfStaff, ServiceClosed:
        :raises AnswersInvalid, PointMissing, TooManyOrders, OrderOpenAlready:
        """
        now = self.clock.now()
        today = kyiv_date(now)
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            first = _existing(await moves.orders.lock_by_number(number))
            service = await _service_of_staff(ServiceRepository(transaction), service_code, today)
            require_answers(service.definition, answers, today=today)
            if service.has("needs_metering_point") and first.metering_point_id is None:
                raise PointMissing(flaws=[Flaw("/metering_point_id", "missing")])
            await moves.require_room(first.organization_id, first.account_id)
            order = first.followed_by(service, answers, now=now)
            await moves.orders.add(order)
            await moves.register(LoadedOrder(order, service, None))
            await AuditWriter.of_operator(transaction, act, order.organization_id, now).record(
                OrderAction.ORDER_OPENED,
                subject_id=order.id,
                number=order.number,
                service_code=service.code,
                after=first.number,
            )
            return await moves.detail(order.key)

    async def _done(
        self,
        number: str,
        deed: Callable[[OrderMoves, LoadedOrder], Awaitable[None]],
        action: OrderAction,
        act: OperatorAct,
    ) -> OrderDetail:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            order = _existing(await moves.orders.lock_by_number(number))
            loaded = await moves.load(order)
            await deed(moves, loaded)
            await AuditWriter.of_operator(transaction, act, order.organization_id, now).record(
                action, subject_id=order.id, number=order.number, status=order.status
            )
            return await moves.detail(order.key)


async def _service_of_staff(services: ServiceRepository, code: str, today: date) -> Service:
    row = await services.find(code, today=today)
    if row is None:
        raise ServiceNotFound
    if not row.definition["is_made_by_staff"]:
        offered = await services.list_offered(today)
        raise ServiceNotOfStaff(
            services=[each.code for each in offered if each.definition["is_made_by_staff"]]
        )
    row.require_offered(today)
    return Service.of(row)


def _existing(order: Order | None) -> Order:
    if order is None:
        raise OrderNumberUnknown
    return order
