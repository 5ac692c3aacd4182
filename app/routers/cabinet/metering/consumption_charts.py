from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request

from app.access import Credentials, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.metering.chart_link import ChartLink
from app.models.metering.consumption.question import GroupBy
from app.models.metering.consumption.report import Consumption
from app.models.period import RangeInvalid
from app.routers.deps import AppServices, Language, SignedIn
from app.routers.http.configuration import http_config_of
from app.routers.pictures import PICTURE, SvgResponse, picture
from app.routers.problems.handlers import problems
from app.schemas.metering.charts import ChartLinkIn, ChartLinkOut, ChartQuery
from app.services import Services

router = APIRouter(
    prefix="/accounts/{account_id}/consumption",
    tags=["consumption"],
    responses=problems(OwnershipPending, PermissionMissing, RangeInvalid, NotFound),
)


@router.get("/chart.svg", response_class=SvgResponse, responses=PICTURE)
async def get_account_consumption_chart(
    account_id: UUID,
    query: Annotated[ChartQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> SvgResponse:
    """Draw what an account consumed month by month, by zone, in the caller's language."""
    consumption = await _consumption(services, credentials, account_id, query)
    return picture(consumption, language, query.theme)


@router.post("/chart-links", status_code=HTTPStatus.CREATED)
async def make_account_consumption_chart_link(
    request: Request,
    account_id: UUID,
    query: Annotated[ChartLinkIn, Body(default_factory=ChartLinkIn)],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> ChartLinkOut:
    """Make an address that shows the picture for minutes, to whoever has it.

    An `<img>` sends no token. The address shows what the caller may see at the moment it is opened,
    in the caller's language, and ends with the session.
    """
    consumption = await _consumption(services, credentials, account_id, query)
    made = services.metering.chart_links.make(
        ChartLink(
            credentials=credentials,
            account_id=account_id,
            first=consumption.question.first,
            last=consumption.question.last,
            energy=query.energy,
            theme=query.theme,
            language=language.value,
        )
    )
    return ChartLinkOut.of(made, http_config_of(request.scope).public_url)


async def _consumption(
    services: Services, credentials: Credentials, account_id: UUID, query: ChartQuery
) -> Consumption:
    return await services.metering.consumption.of_account(
        credentials,
        account_id,
        from_=query.from_,
        to=query.to,
        energy=query.energy,
        group_by=GroupBy.ZONE,
    )
