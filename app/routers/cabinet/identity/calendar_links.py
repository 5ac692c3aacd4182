from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from app.access import OwnershipPending
from app.restraints import CabinetFrozen, HoldAfterReset
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.http.configuration import http_config_of
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.identity.calendar_links import CalendarLinkOut

router = APIRouter(
    prefix="/me/calendar-link", tags=["calendar"], responses=problems(OwnershipPending)
)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CalendarLinkOut,
    responses=problems(HoldAfterReset, CabinetFrozen, *REPEATABLE),
)
async def make_calendar_link(
    request: Request,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Make a secret address at which calendar programs read your dates.

    The address before it opens nothing any more. It ends with your membership, with a new or
    replaced password or phone, and whenever you withdraw it.
    """
    public_url = http_config_of(request.scope).public_url
    return await repeat.once(
        lambda once: services.identity.calendar_links.make(credentials, origin=origin, once=once),
        shown=lambda made: CalendarLinkOut.of(made, public_url),
        status=lambda _: HTTPStatus.CREATED,
    )


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
async def withdraw_calendar_link(
    credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Withdraw the address of your calendar; it opens nothing any more."""
    await services.identity.calendar_links.withdraw(credentials, origin=origin)
