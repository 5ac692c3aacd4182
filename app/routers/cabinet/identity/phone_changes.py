from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.access import OwnershipPending
from app.errors import Busy, NotFound
from app.models.identity.member import CurrentPasswordRejected
from app.models.identity.phone_change import PhoneChangeClosed
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.models.limits.kinds import TooManyAttempts
from app.models.messages.code_challenge import CodeRejected, ResendTooSoon
from app.restraints import CabinetFrozen, HoldAfterReset
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.identity.phone_changes import (
    PhoneChangeConfirmationIn,
    PhoneChangeIn,
    PhoneChangeOut,
)
from app.texts import say

router = APIRouter(prefix="/me/phone-changes", tags=["members"])


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=PhoneChangeOut,
    responses=problems(
        OwnershipPending,
        CurrentPasswordRejected,
        CabinetFrozen,
        HoldAfterReset,
        PhoneAlreadyUsed,
        TooManyAttempts,
        Busy,
        *REPEATABLE,
    ),
)
async def start_phone_change(
    body: PhoneChangeIn,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Change your phone: a code goes to the old one and another to the new one.

    Whoever lost the old phone calls the contact centre instead.
    """
    return await repeat.send_code(
        lambda once: services.identity.phone_changes.start(
            credentials,
            new_phone=body.new_phone,
            current_password=body.current_password,
            origin=origin,
            once=once,
        ),
        shown=lambda progress: PhoneChangeOut.of(
            progress, advice=say(f"delivery.{progress.new[1].status}", language)
        ),
    )


@router.post(
    "/{change_id}/codes",
    status_code=HTTPStatus.ACCEPTED,
    response_model=PhoneChangeOut,
    responses=problems(
        OwnershipPending,
        NotFound,
        CabinetFrozen,
        HoldAfterReset,
        PhoneChangeClosed,
        ResendTooSoon,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def resend_phone_change_codes(
    change_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Send both codes again, the same ones: a minute apart, three times at most."""
    return await repeat.send_code(
        lambda once: services.identity.phone_changes.resend(
            credentials, change_id, origin=origin, once=once
        ),
        shown=lambda progress: PhoneChangeOut.of(
            progress, advice=say(f"delivery.{progress.new[1].status}", language)
        ),
    )


@router.post(
    "/{change_id}/confirmations",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(
        OwnershipPending,
        NotFound,
        CodeRejected,
        CabinetFrozen,
        HoldAfterReset,
        PhoneChangeClosed,
        PhoneAlreadyUsed,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def confirm_phone_change(
    change_id: UUID,
    body: PhoneChangeConfirmationIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Confirm both codes: the phone is replaced, and your other sessions end at once.

    The old phone is told by SMS.
    """
    return await repeat.once(
        lambda once: services.identity.phone_changes.confirm(
            credentials,
            change_id,
            old_phone_code=body.old_phone_code,
            new_phone_code=body.new_phone_code,
            origin=origin,
            once=once,
        ),
        shown=lambda _: None,
        status=lambda _: HTTPStatus.NO_CONTENT,
    )
