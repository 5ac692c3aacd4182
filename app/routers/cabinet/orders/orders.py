from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.orders.answers import AnswersInvalid
from app.models.orders.order import (
    DocumentsMissing,
    OrderOpenAlready,
    PointMissing,
    TooManyOrders,
)
from app.models.orders.order_status import OrderNotChangeable, OrderStatus
from app.models.orders.service import ServiceClosed, ServiceNotFound
from app.restraints import HoldAfterReset
from app.routers.cabinet.orders import OrderRequest
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.http.body_limits import KIBIBYTE, takes_up_to
from app.routers.idempotency import REPEATABLE
from app.routers.problems.handlers import problems
from app.schemas.base import Cursor, Limit, Page
from app.schemas.orders.orders import OrderOut, OrderSummaryOut
from app.schemas.orders.requests import OrderChangeIn, OrderIn
from app.security.cursors import CursorInvalid
from app.services.orders.orders import OrderFilter
from app.services.orders.use_cases import Orders

router = APIRouter(
    prefix="/orders", tags=["orders"], responses=problems(OwnershipPending, PermissionMissing)
)


async def _which(
    account_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[OrderStatus | None, Query()] = None,
    service_code: Annotated[str | None, Query(max_length=40, pattern="^[a-z0-9_]+$")] = None,
) -> OrderFilter:
    return OrderFilter(
        account_id=account_id, status=status.value if status else None, service_code=service_code
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=OrderOut,
    responses=problems(
        NotFound,
        LinkScopeMissing,
        ServiceNotFound,
        ServiceClosed,
        AnswersInvalid,
        PointMissing,
        DocumentsMissing,
        OrderOpenAlready,
        TooManyOrders,
        HoldAfterReset,
        *REPEATABLE,
    ),
)
@takes_up_to(64 * KIBIBYTE)
async def place_order(
    body: OrderIn,
    request: OrderRequest,
) -> Response:
    """Order a service, or keep a draft that documents can be attached to.

    Services about meters may be ordered by the role `metering` too, all others by owner and
    manager. For another company's account the link needs the scope `all`.
    """
    return await request.once(
        lambda orders, by: orders.placing.place(request=body.meant(), **by),
        status=HTTPStatus.CREATED,
    )


@router.get("", responses=problems(CursorInvalid))
async def list_orders(
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    which: Annotated[OrderFilter, Depends(_which)],
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[OrderSummaryOut]:
    """List orders, the newest first."""
    found = await services.of(Orders).orders.list_newest_first(
        credentials, which, limit=limit, cursor=cursor
    )
    items = [OrderSummaryOut.of(each, language) for each in found.items]
    return Page[OrderSummaryOut].built(items=items, next_cursor=found.next_cursor)


@router.get("/{order_id}", responses=problems(NotFound, LinkScopeMissing))
async def get_order(
    order_id: UUID, credentials: SignedIn, services: AppServices, language: Language
) -> OrderOut:
    """Show an order: where it stands, its legal clock, messages and history."""
    detail = await services.of(Orders).orders.get(credentials, order_id)
    return OrderOut.of_detail(detail, language)


@router.patch(
    "/{order_id}",
    responses=problems(
        NotFound, LinkScopeMissing, OrderNotChangeable, AnswersInvalid, HoldAfterReset
    ),
)
@takes_up_to(64 * KIBIBYTE)
async def change_order(
    order_id: UUID,
    body: OrderChangeIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
) -> OrderOut:
    """Change a draft, or an order that the operator has asked about."""
    detail = await services.of(Orders).placing.change(
        credentials, order_id, body.meant(), origin=origin
    )
    return OrderOut.of_detail(detail, language)


@router.post(
    "/{order_id}/submissions",
    response_model=OrderOut,
    responses=problems(
        NotFound,
        LinkScopeMissing,
        OrderNotChangeable,
        AnswersInvalid,
        ServiceClosed,
        DocumentsMissing,
        OrderOpenAlready,
        HoldAfterReset,
        *REPEATABLE,
    ),
)
async def submit_order(
    order_id: UUID,
    request: OrderRequest,
) -> Response:
    """Submit a draft, or say that the operator's question has been answered."""
    return await request.once(lambda orders, by: orders.placing.submit(order_id=order_id, **by))
