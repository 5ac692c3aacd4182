from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.errors import Busy, NotFound
from app.models.identity.invitation import InvitationClosed
from app.models.identity.password_policy import PasswordTooWeak
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.models.limits.kinds import TooManyAttempts
from app.models.messages.code_challenge import CodeRejected, ResendTooSoon
from app.routers.deps import AppServices, Language, Origin, OriginWithDevice
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.identity.invitations import AcceptanceIn, InvitationOut
from app.schemas.identity.sessions import TokensOut
from app.texts import say

router = APIRouter(prefix="/invitations", tags=["members"])


@router.post(
    "/{invitation_id}/codes",
    status_code=HTTPStatus.ACCEPTED,
    response_model=InvitationOut,
    responses=problems(NotFound, InvitationClosed, ResendTooSoon, TooManyAttempts, *REPEATABLE),
)
async def resend_invitation_code(
    invitation_id: UUID,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Send the same code again: a minute apart, three times at most."""
    return await repeat.send_code(
        lambda once: services.identity.acceptances.resend(invitation_id, origin=origin, once=once),
        shown=lambda progress: InvitationOut.of(
            progress, advice=say(f"delivery.{progress.message.status}", language)
        ),
    )


@router.post(
    "/{invitation_id}/acceptances",
    status_code=HTTPStatus.CREATED,
    response_model=TokensOut,
    responses=problems(
        NotFound,
        PasswordTooWeak,
        CodeRejected,
        InvitationClosed,
        PhoneAlreadyUsed,
        TooManyAttempts,
        Busy,
        *REPEATABLE,
    ),
)
async def accept_invitation(
    invitation_id: UUID,
    body: AcceptanceIn,
    services: AppServices,
    origin: OriginWithDevice,
    repeat: MayRepeat,
) -> Response:
    """Accept an invitation with the code and a password of one's own, and be signed in.

    A password that is too weak costs no attempt.
    """
    return await repeat.once(
        lambda once: services.identity.acceptances.accept(
            invitation_id, code=body.code, password=body.password, origin=origin, once=once
        ),
        shown=TokensOut.model_validate,
        status=lambda _: HTTPStatus.CREATED,
    )
