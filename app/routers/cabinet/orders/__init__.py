"""What the routes about orders have in common: who asks, and how an order is answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, TypedDict

from fastapi import Depends, Response

from app import origin
from app.access import Credentials
from app.models.idempotency_key import PendingAnswer
from app.models.orders.order_detail import OrderDetail
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.idempotency import MayRepeat
from app.schemas.orders.orders import OrderOut
from app.services.orders.use_cases import Orders


class ActingCustomer(TypedDict):
    """What every use case that changes an order takes."""

    credentials: Credentials
    origin: origin.Origin
    once: PendingAnswer[OrderDetail] | None


@dataclass(frozen=True, slots=True)
class RepeatableOrderRequest:
    """A request that changes an order, and may come again."""

    credentials: SignedIn
    services: AppServices
    origin: Origin
    language: Language
    repeat: MayRepeat

    async def once(
        self,
        deed: Callable[[Orders, ActingCustomer], Awaitable[OrderDetail]],
        *,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        """Carry the request out, or repeat its answer: the order as it stands afterwards."""
        orders = self.services.of(Orders)
        return await self.repeat.once(
            lambda once: deed(
                orders,
                ActingCustomer(credentials=self.credentials, origin=self.origin, once=once),
            ),
            shown=lambda detail: OrderOut.of_detail(detail, self.language),
            status=lambda _: status,
        )


OrderRequest = Annotated[RepeatableOrderRequest, Depends()]
