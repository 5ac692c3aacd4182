"""What every use case that moves an order shares, within its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import kyiv_date
from app.models.base import new_id
from app.models.orders.fee import FeeStatus, OrderFee
from app.models.orders.order import (
    MOST_OPEN,
    DocumentsMissing,
    Order,
    OrderOpenAlready,
    TooManyOrders,
)
from app.models.orders.order_clock import due_date, owed_again_after, read_clock
from app.models.orders.order_detail import OrderDetail, OrderSummary
from app.models.orders.order_event import MOST_MESSAGES, OrderEvent, OrderMessage, TooManyMessages
from app.models.orders.order_status import ENDED, Fact, OrderStatus, Side
from app.models.orders.service import FeeKind, Service
from app.repositories.orders.appointments import AppointmentRepository
from app.repositories.orders.attachments import AttachmentRepository
from app.repositories.orders.calendar import CalendarRepository
from app.repositories.orders.orders import OrderRepository
from app.repositories.orders.services import ServiceRepository

BEGUN: Final = frozenset({OrderStatus.IN_PROGRESS, OrderStatus.DONE})
"""After this what was paid is not paid back."""


GIVES_BACK: Final = ENDED | {OrderStatus.REGISTERED, OrderStatus.PAID}
"""In these no crew is on its way: the place of an appointment is free again."""
Key: TypeAlias = tuple[UUID, UUID]
"""The account's company, and the order."""


@dataclass(frozen=True, slots=True)
class LoadedOrder:
    """An order in somebody's hands, with what its moves depend on."""

    order: Order
    service: Service
    fee: OrderFee | None


class OrderMoves:
    """Moves orders within the transaction of a use case, at its moment."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self.orders = OrderRepository(session)
        self.attachments = AttachmentRepository(session)
        self.appointments = AppointmentRepository(session)
        self._services = ServiceRepository(session)
        self._calendar = CalendarRepository(session)
        self._now = now
        self._today = kyiv_date(now)

    async def require_room(self, organization_id: UUID, account_id: UUID) -> None:
        """Let pass an account that may have one more open order.

        :raises TooManyOrders:
        """
        if await self.orders.count_open(organization_id, account_id) >= MOST_OPEN:
            raise TooManyOrders(most=MOST_OPEN)

    async def load(self, order: Order) -> LoadedOrder:
        row = await self._services.get(order.service_code, order.service_version)
        return LoadedOrder(order, Service.of(row), await self.orders.fee(order))

    async def move(
        self,
        loaded: LoadedOrder,
        target: OrderStatus,
        *,
        side: Side,
        comment: str | None = None,
    ) -> None:
        """Move an order, with its clock, its fee and its history.

        :raises OrderNotChangeable: the table of transitions does not allow it.
        """
        order, had_begun = loaded.order, loaded.order.state in BEGUN
        order.move(target, side=side, service=loaded.service, fee=loaded.fee, today=self._today)
        if loaded.fee is not None and target in ENDED and target is not OrderStatus.ACT_SIGNED:
            loaded.fee.end(has_begun=had_begun, now=self._now)
        if target in GIVES_BACK:
            await self.appointments.release(order)
        await self.count_anew(order, loaded.service)
        await self.orders.add_row(self._event(order, side, comment))

    async def count_anew(self, order: Order, service: Service) -> None:
        """Count the last day of the operator's term again, and when more is owed."""
        calendar = await self._calendar.get()
        order.due_shifted_on = due_date(order, service, calendar, today=self._today)
        order.owed_again_after = owed_again_after(order, service, calendar, today=self._today)

    async def register(self, loaded: LoadedOrder) -> LoadedOrder:
        """Take an order in: number, term, clock, and the fee if it is a fixed one.

        :raises DocumentsMissing, OrderOpenAlready, OrderNotChangeable:
        """
        order, service = loaded.order, loaded.service
        files = await self.attachments.list_of(order)
        attached = frozenset(each.document_code for each in files)
        missing = service.missing_documents(attached)
        if missing and order.follows_id is None:
            raise DocumentsMissing(
                documents=list(missing.all_of), any_of=[list(group) for group in missing.any_of]
            )
        await self._claim(order, service)
        order.number = order.number or await self.orders.next_number(self._today.year)
        order.submitted_at = order.submitted_at or self._now
        order.term_days = service.term(order.answers).days
        by = Side.OPERATOR if order.follows_id else Side.CUSTOMER
        await self.move(loaded, OrderStatus.SUBMITTED, side=by)
        await self.move(loaded, OrderStatus.REGISTERED, side=Side.SYSTEM)
        return await self.follow_up(loaded)

    async def follow_up(self, loaded: LoadedOrder) -> LoadedOrder:
        """Do by itself what comes after a registration."""
        order, service = loaded.order, loaded.service
        if order.state is not OrderStatus.REGISTERED:
            return loaded
        facts = order.facts(service, loaded.fee)
        if Fact.UNPAID_FIXED in facts:
            loaded = LoadedOrder(order, service, loaded.fee or await self._charge(order, service))
            await self.move(loaded, OrderStatus.AWAITING_PAYMENT, side=Side.SYSTEM)
        elif {Fact.SETTLED, Fact.IS_SELF_SERVICE} <= facts and service.paper is None:
            await self.move(loaded, OrderStatus.DONE, side=Side.SYSTEM)
        return loaded

    async def answer(self, loaded: LoadedOrder) -> None:
        """Go on with an order whose question has been answered."""
        facts = loaded.order.facts(loaded.service, loaded.fee)
        target = OrderStatus.PAID if Fact.PAID in facts else OrderStatus.REGISTERED
        await self.move(loaded, target, side=Side.CUSTOMER)
        await self.follow_up(loaded)

    async def note(self, order: Order, side: Side, comment: str | None = None) -> None:
        """Add the status as it is to the history."""
        await self.orders.add_row(self._event(order, side, comment))

    async def say(self, order: Order, side: Side, text: str) -> OrderMessage:
        """Add a message.

        :raises TooManyMessages:
        """
        if await self.orders.count_messages(order) >= MOST_MESSAGES:
            raise TooManyMessages(most=MOST_MESSAGES)
        message = OrderMessage(
            organization_id=order.organization_id,
            id=new_id(),
            order_id=order.id,
            side=side.value,
            text=text,
            sent_at=self._now,
            read_at=None,
        )
        await self.orders.add_row(message)
        return message

    async def summaries(self, keys: Sequence[Key]) -> Sequence[OrderSummary]:
        """Return orders as a list shows them, in the order of the keys."""
        if not keys:
            return []
        await self.orders.flush()
        found = await self.orders.get_many(keys)
        fees = await self.orders.fees([each.order for each in found])
        calendar = await self._calendar.get()
        summaries = []
        for on_account in found:
            order = on_account.order
            row = await self._services.get(order.service_code, order.service_version)
            service = Service.of(row)
            summaries.append(
                OrderSummary(
                    on_account=on_account,
                    service=service,
                    fee=fees.get(order.id),
                    clock=read_clock(order, service, calendar, today=self._today),
                )
            )
        return summaries

    async def detail(self, key: Key) -> OrderDetail:
        """Return an order with everything that was said and done about it."""
        [summary] = await self.summaries([key])
        order = summary.order
        return OrderDetail(
            on_account=summary.on_account,
            service=summary.service,
            fee=summary.fee,
            clock=summary.clock,
            events=await self.orders.events(order),
            messages=await self.orders.messages(order),
            compensations=await self.orders.compensations(order),
            attachments=await self.attachments.list_of(order),
            appointment=await self.appointments.of(order),
        )

    async def _claim(self, order: Order, service: Service) -> None:
        if not service.has("one_open"):
            return
        about = order.metering_point_id or order.account_id
        if other := await self.orders.claim_only_one(order, about):
            raise OrderOpenAlready(order_id=other)

    async def _charge(self, order: Order, service: Service) -> OrderFee | None:
        fee = service.fee(order.answers)
        if fee is None:
            return None
        row = OrderFee(
            organization_id=order.organization_id,
            id=new_id(),
            order_id=order.id,
            kind=FeeKind.FIXED.value,
            amount=fee.amount,
            vat=fee.vat,
            status=FeeStatus.DUE.value,
            valid_until=None,
            invoice_id=None,
            changed_at=self._now,
        )
        await self.orders.add_row(row)
        return row

    def _event(self, order: Order, side: Side, comment: str | None) -> OrderEvent:
        return OrderEvent(
            organization_id=order.organization_id,
            id=new_id(),
            order_id=order.id,
            happened_at=self._now,
            status=order.status,
            side=side.value,
            comment=comment,
        )
