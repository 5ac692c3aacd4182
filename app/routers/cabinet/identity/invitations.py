from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.identity.invitation import InvitationClosed
from app.models.identity.member import AccountNotLinked, ExpiresOnPassed
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.models.limits.kinds import TooManyAttempts
from app.restraints import CabinetFrozen, HoldAfterReset
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.http.body_limits import KIBIBYTE, takes_up_to
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.base import Cursor, Limit, Page
from app.schemas.identity.invitations import CabinetInvitationOut, InvitationIn, InvitationOut
from app.security.cursors import CursorInvalid
from app.texts import say

router = APIRouter(prefix="/invitations", tags=["members"])


@router.get("", responses=problems(OwnershipPending, PermissionMissing, CursorInvalid))
async def list_invitations(
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[CabinetInvitationOut]:
    """List whom you invited and what became of it, the newest first. For the owner."""
    found = await services.identity.invitations.list_newest(credentials, limit=limit, cursor=cursor)
    items = [
        CabinetInvitationOut.of_offer(
            progress, advice=say(f"delivery.{progress.message.status}", language)
        )
        for progress in found.items
    ]
    return Page[CabinetInvitationOut].built(items=items, next_cursor=found.next_cursor)


@router.delete(
    "/{invitation_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(OwnershipPending, PermissionMissing, NotFound, InvitationClosed),
)
async def withdraw_invitation(
    invitation_id: UUID, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Take an invitation back; its code opens nothing any more. For the owner.

    Whoever has accepted it already is a member: `DELETE /v1/members/{id}`.
    """
    await services.identity.invitations.withdraw(credentials, invitation_id, origin=origin)


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=InvitationOut,
    responses=problems(
        OwnershipPending,
        PermissionMissing,
        CabinetFrozen,
        HoldAfterReset,
        ExpiresOnPassed,
        AccountNotLinked,
        PhoneAlreadyUsed,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
@takes_up_to(64 * KIBIBYTE)
async def invite_member(
    body: InvitationIn,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Invite somebody into the cabinet: a code goes by SMS to their phone. For the owner.

    Pass the invitation's `id` on to them: with it and the code they choose a password. A
    body may have 64 KiB: it may name many accounts.
    """
    return await repeat.send_code(
        lambda once: services.identity.invitations.invite(
            credentials, body.invitee(), origin=origin, once=once
        ),
        shown=lambda progress: InvitationOut.of(
            progress, advice=say(f"delivery.{progress.message.status}", language)
        ),
    )
