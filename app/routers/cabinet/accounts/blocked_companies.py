from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.accounts.blocked_company import OwnCompanyBlocked, TooManyBlockedCompanies
from app.restraints import CabinetFrozen, HoldAfterReset
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.accounts.blocked_companies import BlockedCompanyOut
from app.schemas.base import Cursor, Limit, Page
from app.schemas.identity.sign_ups import TaxId
from app.security.cursors import CursorInvalid

router = APIRouter(
    prefix="/blocked-companies",
    tags=["accounts"],
    responses=problems(OwnershipPending, PermissionMissing),
)


@router.get("", responses=problems(CursorInvalid))
async def list_blocked_companies(
    credentials: SignedIn,
    services: AppServices,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[BlockedCompanyOut]:
    """List the companies that may not ask to see this company's accounts. For the owner."""
    found = await services.accounts.blocked_companies.list_by_tax_id(
        credentials, limit=limit, cursor=cursor
    )
    items = [BlockedCompanyOut.of(blocked) for blocked in found.items]
    return Page[BlockedCompanyOut].built(items=items, next_cursor=found.next_cursor)


@router.put(
    "/{tax_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, OwnCompanyBlocked, TooManyBlockedCompanies),
)
async def block_company(
    tax_id: TaxId, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Refuse a company for good: its open requests end and new ones are refused. For the owner.

    A link that the company has already stays: end it with `DELETE /v1/account-links/{link_id}`.
    A tax id that does not exist is not found.
    """
    await services.accounts.blocked_companies.block(credentials, tax_id, origin=origin)


@router.delete(
    "/{tax_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, CabinetFrozen, HoldAfterReset),
)
async def unblock_company(
    tax_id: TaxId, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Let a company ask again. For the owner."""
    await services.accounts.blocked_companies.unblock(credentials, tax_id, origin=origin)
