from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.routers.deps import AppServices, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.accounts.accounts import AccountDetailOut, AccountOut
from app.schemas.base import Cursor, Limit, Page
from app.security.cursors import CursorInvalid

router = APIRouter(
    prefix="/accounts", tags=["accounts"], responses=problems(OwnershipPending, PermissionMissing)
)


@router.get("", responses=problems(CursorInvalid))
async def list_accounts(
    credentials: SignedIn,
    services: AppServices,
    status: Annotated[
        Literal["linked", "available"] | None, Query(description="Both, if left out")
    ] = None,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[AccountOut]:
    """List the cabinet's accounts, and the company's others that could be linked."""
    found = await services.accounts.accounts.list_by_number(
        credentials, status=status, limit=limit, cursor=cursor
    )
    items = [AccountOut.of(shown) for shown in found.items]
    return Page[AccountOut].built(items=items, next_cursor=found.next_cursor)


@router.get("/{account_id}", responses=problems(NotFound))
async def get_account(
    account_id: UUID, credentials: SignedIn, services: AppServices
) -> AccountDetailOut:
    """Show an account with its metering points, meters and registers."""
    return AccountDetailOut.of_detail(await services.accounts.accounts.get(credentials, account_id))
