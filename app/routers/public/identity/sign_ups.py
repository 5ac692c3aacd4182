from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.errors import Busy, NotFound
from app.models.customers.account import AccountNumberInvalid
from app.models.identity.password_policy import PasswordTooWeak
from app.models.identity.sign_up import (
    AccountNotFound,
    PairAlreadyRegistered,
    PhoneAlreadyUsed,
    SignUpClosed,
    SignUpProgress,
)
from app.models.limits.kinds import TooManyAttempts
from app.models.messages.code_challenge import CodeRejected, ResendTooSoon
from app.routers.deps import AppServices, Language, Origin, OriginWithDevice
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.identity.sign_ups import SignedUpOut, SignUpConfirmationIn, SignUpIn, SignUpOut
from app.texts import Locale, say

router = APIRouter(prefix="/sign-ups", tags=["sign-up"])


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=SignUpOut,
    responses=problems(
        AccountNumberInvalid,
        PasswordTooWeak,
        AccountNotFound,
        PairAlreadyRegistered,
        PhoneAlreadyUsed,
        TooManyAttempts,
        Busy,
        *REPEATABLE,
    ),
)
async def start_sign_up(
    body: SignUpIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Open an organization's cabinet: a code goes by SMS to the phone.

    The SMS leaves only when the account number and the tax id belong together in the operator's
    register. Ask `getSignUp` where the code is.
    """
    return await repeat.send_code(
        lambda once: services.identity.sign_ups.start(
            phone=body.phone,
            account_number=body.account_number,
            tax_id=body.tax_id,
            password=body.password,
            locale=body.locale or language,
            origin=origin,
            once=once,
        ),
        shown=lambda progress: _shown(progress, language),
        about=f"{body.account_number}:{body.tax_id}",
    )


@router.get("/{sign_up_id}", responses=problems(NotFound))
async def get_sign_up(sign_up_id: UUID, services: AppServices, language: Language) -> SignUpOut:
    """Tell how far a sign-up has come, and why the code has not come."""
    return _shown(await services.identity.sign_ups.progress(sign_up_id), language)


@router.post(
    "/{sign_up_id}/codes",
    status_code=HTTPStatus.ACCEPTED,
    response_model=SignUpOut,
    responses=problems(NotFound, SignUpClosed, ResendTooSoon, TooManyAttempts, *REPEATABLE),
)
async def resend_sign_up_code(
    sign_up_id: UUID,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Send the same code again: a minute apart, three times at most."""
    return await repeat.send_code(
        lambda once: services.identity.sign_ups.resend(sign_up_id, origin=origin, once=once),
        shown=lambda progress: _shown(progress, language),
    )


@router.post(
    "/{sign_up_id}/confirmations",
    status_code=HTTPStatus.CREATED,
    response_model=SignedUpOut,
    responses=problems(
        NotFound,
        CodeRejected,
        PairAlreadyRegistered,
        PhoneAlreadyUsed,
        TooManyAttempts,
        *REPEATABLE,
    ),
)
async def confirm_sign_up(
    sign_up_id: UUID,
    body: SignUpConfirmationIn,
    services: AppServices,
    origin: OriginWithDevice,
    repeat: MayRepeat,
) -> Response:
    """Confirm the code: the organization is registered and its owner signed in.

    `ownership` is `proven` when the phone is the one the operator has on file.
    """
    return await repeat.once(
        lambda once: services.identity.sign_ups.confirm(
            sign_up_id, code=body.code, origin=origin, once=once
        ),
        shown=SignedUpOut.of,
        status=lambda _: HTTPStatus.CREATED,
    )


def _shown(progress: SignUpProgress, language: Locale) -> SignUpOut:
    advice = say(f"delivery.{progress.message.status}", language)
    return SignUpOut.of(progress, advice=advice)
