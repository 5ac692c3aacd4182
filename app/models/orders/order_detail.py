"""An order as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models.orders.appointment import OrderAppointment
from app.models.orders.attachment import OrderAttachment
from app.models.orders.compensation import OrderCompensation
from app.models.orders.fee import OrderFee
from app.models.orders.order import Order
from app.models.orders.order_clock import OrderClock
from app.models.orders.order_event import OrderEvent, OrderMessage
from app.models.orders.order_status import OrderStatus, Side, possible
from app.models.orders.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOnAccount:
    """An order, and the account that it is about."""

    order: Order
    account_number: str
    address: str
    eic: str | None
    tax_id: str
    organization_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """An order in a list."""

    on_account: OrderOnAccount
    service: Service
    fee: OrderFee | None
    clock: OrderClock

    @property
    def order(self) -> Order:
        return self.on_account.order

    def moves_of(self, side: Side) -> tuple[OrderStatus, ...]:
        """Return where a side can move the order to."""
        facts = self.order.facts(self.service, self.fee)
        return tuple(possible(self.order.state, side, facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail(OrderSummary):
    """An order with everything that was said and done about it."""

    events: Sequence[OrderEvent]
    messages: Sequence[OrderMessage]
    compensations: Sequence[OrderCompensation]
    attachments: Sequence[OrderAttachment]
    appointment: OrderAppointment | None
