from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.orders.appointment import (
    AppointmentMovedAlready,
    SlotNotFound,
    SlotPast,
    SlotTaken,
)
from app.models.orders.order_status import OrderNotChangeable
from app.models.period import RangeInvalid
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.base import Day, Page
from app.schemas.orders.appointments import AppointmentIn, SlotOut
from app.schemas.orders.orders import OrderOut
from app.services.orders.use_cases import Orders

router = APIRouter(
    prefix="/orders/{order_id}",
    tags=["orders"],
    responses=problems(OwnershipPending, PermissionMissing, NotFound, LinkScopeMissing),
)


@router.get("/slots", responses=problems(RangeInvalid))
async def list_slots(
    order_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    from_: Annotated[Day | None, Query(alias="from")] = None,
    to: Annotated[Day | None, Query()] = None,
) -> Page[SlotOut]:
    """List when a crew can come, two months at the most; days of Kyiv."""
    found = await services.of(Orders).appointments.list_free(
        credentials, order_id, first=from_, last=to
    )
    items = [SlotOut.of(each) for each in found]
    return Page[SlotOut].built(items=items, next_cursor=None)


@router.put(
    "/appointment",
    responses=problems(
        OrderNotChangeable, SlotNotFound, SlotPast, SlotTaken, AppointmentMovedAlready
    ),
)
async def book_appointment(
    order_id: UUID,
    body: AppointmentIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
) -> OrderOut:
    """Choose when the crew comes, or move the appointment once."""
    detail = await services.of(Orders).appointments.book(
        credentials, order_id, body.starts_at, origin=origin
    )
    return OrderOut.of_detail(detail, language)


@router.delete(
    "/appointment",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(OrderNotChangeable),
)
async def release_appointment(
    order_id: UUID, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Give the appointment back."""
    await services.of(Orders).appointments.release(credentials, order_id, origin=origin)
