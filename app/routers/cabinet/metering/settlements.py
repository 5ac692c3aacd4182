from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.period import RangeInvalid
from app.routers.deps import AppServices, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.base import Page
from app.schemas.metering.settlements import SettlementOut, SettlementsQuery
from app.security.cursors import CursorInvalid
from app.services.billing.use_cases import Billing

router = APIRouter(
    tags=["settlements"],
    responses=problems(OwnershipPending, PermissionMissing, NotFound, RangeInvalid, CursorInvalid),
)


@router.get("/accounts/{account_id}/settlements")
async def list_settlements(
    account_id: UUID,
    query: Annotated[SettlementsQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
) -> Page[SettlementOut]:
    """List the periods of an account, newest first, with the energy that each is billed for.

    A period is settled when its window has closed, and corrected when a later value changes it;
    `metering_points` then tell the difference. `invoice_ids` are there for whoever may see bills.
    """
    found = await services.metering.shown_settlements.list_newest(
        credentials,
        account_id,
        from_=query.from_,
        to=query.to,
        limit=query.limit,
        cursor=query.cursor,
    )
    periods = [settlement.period for settlement in found.items]
    invoices = await services.of(Billing).invoices.of_periods(credentials, account_id, periods)
    items = [
        SettlementOut.of(settlement, invoices.get(settlement.period, ()))
        for settlement in found.items
    ]
    return Page[SettlementOut].built(items=items, next_cursor=found.next_cursor)
