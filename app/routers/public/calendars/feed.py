from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from app.errors import NotFound
from app.models.limits.kinds import TooManyAttempts
from app.renderings.icalendar import MEDIA_TYPE
from app.renderings.member_calendar import member_calendar
from app.routers.deps import AppServices
from app.routers.problems.handlers import problems
from app.services.calendars.use_cases import Calendars

router = APIRouter(tags=["calendar"])

CALENDAR: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A calendar (RFC 5545)",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/calendar.ics",
    response_class=Response,
    responses=CALENDAR | problems(NotFound, TooManyAttempts),
)
async def get_calendar(services: AppServices, token: Annotated[str, Query()] = "") -> Response:
    """Show the dates of the member whose secret address this is, to any calendar program.

    Windows for readings, invoices that are due, crews that come and the last days of orders. The
    address comes from `POST /v1/me/calendar-link`.
    """
    feed = await services.of(Calendars).feeds.read(token)
    return Response(
        member_calendar(feed),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": "inline; filename=calendar.ics"},
    )
