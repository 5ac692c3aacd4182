from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.orders.fee import QuoteExpired
from app.models.orders.order_event import TooManyMessages
from app.models.orders.order_status import OrderNotChangeable
from app.routers.cabinet.orders import OrderRequest
from app.routers.deps import AppServices, SignedIn
from app.routers.idempotency import REPEATABLE
from app.routers.problems.handlers import problems
from app.schemas.orders.orders import OrderOut
from app.schemas.orders.requests import OrderCancellationIn, OrderMessageIn
from app.services.orders.use_cases import Orders

router = APIRouter(
    prefix="/orders/{order_id}",
    tags=["orders"],
    responses=problems(OwnershipPending, PermissionMissing, NotFound, LinkScopeMissing),
)


@router.post(
    "/cancellations",
    response_model=OrderOut,
    responses=problems(OrderNotChangeable, *REPEATABLE),
)
async def cancel_order(
    order_id: UUID,
    body: OrderCancellationIn,
    request: OrderRequest,
) -> Response:
    """Cancel an order before the work begins. What was paid for it is paid back."""
    return await request.once(
        lambda orders, by: orders.moves.cancel(order_id=order_id, reason=body.reason, **by)
    )


@router.post(
    "/quote-acceptances",
    response_model=OrderOut,
    responses=problems(OrderNotChangeable, QuoteExpired, *REPEATABLE),
)
async def accept_quote(
    order_id: UUID,
    request: OrderRequest,
) -> Response:
    """Agree to the sum that the operator has calculated. It is invoiced then."""
    return await request.once(lambda orders, by: orders.moves.accept_quote(order_id=order_id, **by))


@router.post(
    "/act-acceptances",
    response_model=OrderOut,
    responses=problems(OrderNotChangeable, *REPEATABLE),
)
async def accept_act(
    order_id: UUID,
    request: OrderRequest,
) -> Response:
    """Accept the act of what was done. Ten days of silence accept it too."""
    return await request.once(lambda orders, by: orders.moves.accept_act(order_id=order_id, **by))


@router.post(
    "/messages",
    status_code=HTTPStatus.CREATED,
    response_model=OrderOut,
    responses=problems(TooManyMessages, *REPEATABLE),
)
async def send_order_message(
    order_id: UUID,
    body: OrderMessageIn,
    request: OrderRequest,
) -> Response:
    """Write to the operator about the order."""
    return await request.once(
        lambda orders, by: orders.moves.say(order_id=order_id, text=body.text, **by),
        status=HTTPStatus.CREATED,
    )


@router.post("/message-read-marks", status_code=HTTPStatus.NO_CONTENT)
async def mark_order_messages_read(
    order_id: UUID, credentials: SignedIn, services: AppServices
) -> None:
    """Mark what the operator has written as read."""
    await services.of(Orders).moves.mark_read(credentials, order_id)
