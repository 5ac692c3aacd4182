from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.metering.consumption.question import GroupBy
from app.models.period import RangeInvalid
from app.routers.deps import AppServices, Language, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.metering.consumption import (
    AccountConsumptionQuery,
    CabinetConsumptionOut,
    ConsumptionOut,
    ConsumptionQuery,
    Words,
)
from app.security.cursors import CursorInvalid
from app.services.metering.consumption import TooManyAccounts
from app.texts import Locale, say

router = APIRouter(
    tags=["consumption"], responses=problems(OwnershipPending, PermissionMissing, RangeInvalid)
)


@router.get("/accounts/{account_id}/consumption", responses=problems(NotFound))
async def get_account_consumption(
    account_id: UUID,
    query: Annotated[AccountConsumptionQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> ConsumptionOut:
    """Show what an account consumed month by month, and what that comes to."""
    consumption = await services.metering.consumption.of_account(
        credentials,
        account_id,
        from_=query.from_,
        to=query.to,
        energy=query.energy,
        group_by=query.group_by,
    )
    return ConsumptionOut.of(consumption, _words(language))


@router.get("/consumption", responses=problems(RangeInvalid, CursorInvalid, TooManyAccounts))
async def get_consumption(
    query: Annotated[ConsumptionQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> CabinetConsumptionOut:
    """Show what all accounts of the cabinet consumed together, month by month.

    With `group_by=account` the accounts come in pages of up to 50, and the sums are a page's.
    """
    words = _words(language)
    if query.group_by is GroupBy.ACCOUNT:
        page = await services.metering.consumption.by_account(
            credentials,
            from_=query.from_,
            to=query.to,
            energy=query.energy,
            limit=query.limit,
            cursor=query.cursor,
        )
        return CabinetConsumptionOut.page(page.consumption, words, page.next_cursor)
    consumption = await services.metering.consumption.of_cabinet(
        credentials,
        from_=query.from_,
        to=query.to,
        energy=query.energy,
        group_by=query.group_by,
    )
    return CabinetConsumptionOut.page(consumption, words)


def _words(language: Locale) -> Words:
    return lambda code: say(f"consumption.{code}", language)
