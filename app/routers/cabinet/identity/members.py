from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.identity.member import (
    AccountNotLinked,
    ExpiresOnPassed,
    OwnerCannotBeChanged,
    OwnerCannotBeRemoved,
)
from app.restraints import CabinetFrozen, HoldAfterReset
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.http.body_limits import KIBIBYTE, takes_up_to
from app.routers.problems.handlers import problems
from app.schemas.base import Cursor, Limit, Page
from app.schemas.identity.members import CabinetMemberOut, MemberChangeIn
from app.security.cursors import CursorInvalid

router = APIRouter(tags=["members"])


@router.get("/members", responses=problems(OwnershipPending, PermissionMissing, CursorInvalid))
async def list_members(
    credentials: SignedIn,
    services: AppServices,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[CabinetMemberOut]:
    """List who may sign in to the cabinet, and what they may do there. For the owner."""
    found = await services.identity.members.list_by_age(credentials, limit=limit, cursor=cursor)
    items = [CabinetMemberOut.of(shown) for shown in found.items]
    return Page[CabinetMemberOut].built(items=items, next_cursor=found.next_cursor)


@router.patch(
    "/members/{member_id}",
    responses=problems(
        OwnershipPending,
        PermissionMissing,
        CabinetFrozen,
        HoldAfterReset,
        NotFound,
        AccountNotLinked,
        OwnerCannotBeChanged,
        ExpiresOnPassed,
    ),
)
@takes_up_to(64 * KIBIBYTE)
async def change_member(
    member_id: UUID,
    body: MemberChangeIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
) -> CabinetMemberOut:
    """Change a member's role, limits or last day, or freeze them; it holds at once.

    A frozen member is signed out everywhere until the freeze is lifted. For the owner, who is
    the one member nobody can change. For a day after a password reset a member can be frozen,
    with no other change in the same request. A body may have 64 KiB: it may name many accounts.
    """
    shown = await services.identity.members.change(
        credentials, member_id, body.changes(), origin=origin
    )
    return CabinetMemberOut.of(shown)


@router.delete(
    "/members/{member_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(
        OwnershipPending,
        PermissionMissing,
        CabinetFrozen,
        HoldAfterReset,
        NotFound,
        OwnerCannotBeRemoved,
    ),
)
async def remove_member(
    member_id: UUID, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Remove a member: all their sessions end at once, and their phone is free again."""
    await services.identity.members.remove(credentials, member_id, origin=origin)
