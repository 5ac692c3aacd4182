from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.access import OwnershipPending, PermissionMissing, SessionEnded
from app.errors import NotFound
from app.models.limits.requests import TooManyRequestsOfMember
from app.models.metering.chart_link import ChartLinkInvalid
from app.models.metering.consumption.question import GroupBy
from app.routers.deps import AppServices
from app.routers.pictures import PICTURE, SvgResponse, picture
from app.routers.problems.handlers import problems
from app.texts import Locale

LONGEST_TOKEN = 1000

router = APIRouter(tags=["consumption"])


@router.get(
    "/consumption/chart.svg",
    response_class=SvgResponse,
    responses=PICTURE
    | problems(
        ChartLinkInvalid, NotFound, OwnershipPending, PermissionMissing, TooManyRequestsOfMember
    ),
)
async def get_linked_consumption_chart(
    request: Request,
    services: AppServices,
    token: Annotated[str, Query(max_length=LONGEST_TOKEN)] = "",
) -> SvgResponse:
    """Show the picture that an address stands for, to whoever has it, until it expires.

    The address comes from `POST /v1/accounts/{account_id}/consumption/chart-links`. All addresses
    of one member are opened so often together, apart from the requests that the member makes.
    """
    link = services.metering.chart_links.read(token)
    services.operations.request_rates.spend_on_picture(link.credentials.member_id)
    request.state.member_id = link.credentials.member_id
    try:
        consumption = await services.metering.consumption.of_account(
            link.credentials,
            link.account_id,
            from_=link.first,
            to=link.last,
            energy=link.energy,
            group_by=GroupBy.ZONE,
        )
    except SessionEnded:  # nobody is signed in here: the address has ended with the sign-in
        raise ChartLinkInvalid from None
    return picture(consumption, Locale(link.language), link.theme)
