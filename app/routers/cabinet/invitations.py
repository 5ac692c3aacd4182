from http import HTTPStatus

from fastapi import APIRouter, Response

from app.access import OwnershipPending, PermissionMissing
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.problems import problems
from app.routers.rate_limits import rate_limit_headers
from app.routers.repeats import REPEATABLE, MayRepeat
from app.schemas.invitations import InvitationIn, InvitationOut
from app.services.invitations import (
    AccountNotLinked,
    ExpiresOnPassed,
    HoldAfterReset,
    PhoneAlreadyUsed,
    TooManyAttempts,
)
from app.texts import say

router = APIRouter(prefix="/invitations", tags=["members"])


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=InvitationOut,
    responses=problems(
        OwnershipPending,
        PermissionMissing,
        HoldAfterReset,
        ExpiresOnPassed,
        AccountNotLinked,
        PhoneAlreadyUsed,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def invite_member(
    body: InvitationIn,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Invite somebody into the cabinet: a code goes by SMS to their phone. For the owner.

    Pass the invitation's `id` on to them: with it and the code they choose a password.
    """
    return await repeat.once(
        lambda once: services.invitations.invite(
            credentials, body.invitee(), origin=origin, once=once
        ),
        shown=lambda progress: InvitationOut.of(
            progress, advice=say(f"delivery.{progress.message.status}", language)
        ),
        status=lambda _: HTTPStatus.ACCEPTED,
        headers=lambda progress: rate_limit_headers(progress.standings),
    )
