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
from app.routers.idempotency import IdempotentRequest, MayRepeat
from app.schemas.orders.orders import OrderOut
from app.services import Services
from app.services.orders.use_cases import Orders
from app.texts import Locale


class ActingCustomer(TypedDict):
    """What every use case that changes an order takes."""

    credentials: Credentials
    origin: origin.Origin
    once: PendingAnswer[OrderDetail] | None


@dataclass(frozen=True, slots=True)
class RepeatableOrderRequest:
    """A request that changes an order, and may come again."""

    credentials: Credentials
    services: Services
    origin: origin.Origin
    language: Locale
    repeat: IdempotentRequest

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


async def repeatable_order_request(
    credentials: SignedIn,
    services: AppServices,
    came_from: Origin,
    language: Language,
    repeat: MayRepeat,
) -> RepeatableOrderRequest:
    """Gather what a request that changes an order brings."""
    # A coroutine: FastAPI would call the class itself in a thread of its pool.
    return RepeatableOrderRequest(credentials, services, came_from, language, repeat)


OrderRequest = Annotated[RepeatableOrderRequest, Depends(repeatable_order_request)]
