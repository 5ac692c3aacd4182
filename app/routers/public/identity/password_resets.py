from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.errors import Busy, NotFound
from app.models.customers.account import AccountNumberInvalid
from app.models.identity.password_policy import PasswordTooWeak
from app.models.identity.password_reset import PasswordResetClosed
from app.models.limits.kinds import TooManyAttempts
from app.models.messages.code_challenge import CodeRejected, ResendTooSoon
from app.routers.deps import AppServices, OriginWithDevice
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.identity.passwords import (
    PasswordResetConfirmationIn,
    PasswordResetIn,
    PasswordResetOut,
)
from app.schemas.identity.sessions import TokensOut
from app.services.identity.password_resets import ResetProgress

router = APIRouter(prefix="/password-resets", tags=["sessions"])


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=PasswordResetOut,
    responses=problems(AccountNumberInvalid, TooManyAttempts, *REPEATABLE),
)
async def start_password_reset(
    body: PasswordResetIn, services: AppServices, origin: OriginWithDevice, repeat: MayRepeat
) -> Response:
    """Send a code to the phone of the account's owner, or to a member's own phone.

    The answer is the same whether or not anybody has registered the account or the phone.
    """
    return await repeat.once(
        lambda once: services.identity.password_resets.start(
            account_number=body.account_number, phone=body.phone, origin=origin, once=once
        ),
        shown=_shown,
        status=lambda _: HTTPStatus.ACCEPTED,
        about=body.name,
    )


@router.post(
    "/{reset_id}/codes",
    status_code=HTTPStatus.ACCEPTED,
    response_model=PasswordResetOut,
    responses=problems(NotFound, PasswordResetClosed, ResendTooSoon, TooManyAttempts, *REPEATABLE),
)
async def resend_password_reset_code(
    reset_id: UUID, services: AppServices, origin: OriginWithDevice, repeat: MayRepeat
) -> Response:
    """Send the same code again: a minute apart, three times at most."""
    return await repeat.once(
        lambda once: services.identity.password_resets.resend(reset_id, origin=origin, once=once),
        shown=_shown,
        status=lambda _: HTTPStatus.ACCEPTED,
    )


@router.post(
    "/{reset_id}/confirmations",
    status_code=HTTPStatus.CREATED,
    response_model=TokensOut,
    responses=problems(NotFound, CodeRejected, PasswordTooWeak, Busy, *REPEATABLE),
)
async def confirm_password_reset(
    reset_id: UUID,
    body: PasswordResetConfirmationIn,
    services: AppServices,
    origin: OriginWithDevice,
    repeat: MayRepeat,
) -> Response:
    """Confirm the code: the password is replaced and its member signed in.

    Every other session of the member ends, and everybody in the cabinet is told by SMS.
    """
    return await repeat.once(
        lambda once: services.identity.password_resets.confirm(
            reset_id, code=body.code, new_password=body.new_password, origin=origin, once=once
        ),
        shown=TokensOut.model_validate,
        status=lambda _: HTTPStatus.CREATED,
    )


def _shown(progress: ResetProgress) -> PasswordResetOut:
    return PasswordResetOut.model_validate(
        {"id": progress.reset.id, "code": progress.challenge}, from_attributes=True
    )
