from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.orders.fee import QuoteExpired
from app.models.orders.order_event import TooManyMessages
from app.models.orders.order_status import OrderNotChangeable
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.idempotency import REPEATABLE, MayRepeat
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
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
    repeat: MayRepeat,
) -> Response:
    """Cancel an order before the work begins. What was paid for it is paid back."""
    return await repeat.once(
        lambda once: services.of(Orders).moves.cancel(
            credentials, order_id, reason=body.reason, origin=origin, once=once
        ),
        shown=lambda detail: OrderOut.of_detail(detail, language),
        status=lambda _: HTTPStatus.OK,
    )


@router.post(
    "/quote-acceptances",
    response_model=OrderOut,
    responses=problems(OrderNotChangeable, QuoteExpired, *REPEATABLE),
)
async def accept_quote(
    order_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
    repeat: MayRepeat,
) -> Response:
    """Agree to the sum that the operator has calculated. It is invoiced then."""
    return await repeat.once(
        lambda once: services.of(Orders).moves.accept_quote(
            credentials, order_id, origin=origin, once=once
        ),
        shown=lambda detail: OrderOut.of_detail(detail, language),
        status=lambda _: HTTPStatus.OK,
    )


@router.post(
    "/act-acceptances",
    response_model=OrderOut,
    responses=problems(OrderNotChangeable, *REPEATABLE),
)
async def accept_act(
    order_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
    repeat: MayRepeat,
) -> Response:
    """Accept the act of what was done. Ten days of silence accept it too."""
    return await repeat.once(
        lambda once: services.of(Orders).moves.accept_act(
            credentials, order_id, origin=origin, once=once
        ),
        shown=lambda detail: OrderOut.of_detail(detail, language),
        status=lambda _: HTTPStatus.OK,
    )


@router.post(
    "/messages",
    status_code=HTTPStatus.CREATED,
    response_model=OrderOut,
    responses=problems(TooManyMessages, *REPEATABLE),
)
async def send_order_message(
    order_id: UUID,
    body: OrderMessageIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
    repeat: MayRepeat,
) -> Response:
    """Write to the operator about the order."""
    return await repeat.once(
        lambda once: services.of(Orders).moves.say(
            credentials, order_id, text=body.text, origin=origin, once=once
        ),
        shown=lambda detail: OrderOut.of_detail(detail, language),
        status=lambda _: HTTPStatus.CREATED,
    )


@router.post("/message-read-marks", status_code=HTTPStatus.NO_CONTENT)
async def mark_order_messages_read(
    order_id: UUID, credentials: SignedIn, services: AppServices
) -> None:
    """Mark what the operator has written as read."""
    await services.of(Orders).moves.mark_read(credentials, order_id)
