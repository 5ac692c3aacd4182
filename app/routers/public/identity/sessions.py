from http import HTTPStatus

from fastapi import APIRouter, Response

from app.access import SessionEnded
from app.errors import Busy
from app.models.limits.kinds import TooManyAttempts
from app.routers.deps import AppMetrics, AppServices, OriginWithDevice
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.routers.rate_limits import rate_limit_headers
from app.schemas.identity.sessions import RefreshedOut, RefreshIn, SignInIn, TokensOut
from app.services.identity.sign_ins import CredentialsRejected

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=TokensOut,
    responses=problems(CredentialsRejected, TooManyAttempts, Busy, *REPEATABLE),
)
async def sign_in(
    body: SignInIn,
    services: AppServices,
    origin: OriginWithDevice,
    metrics: AppMetrics,
    repeat: MayRepeat,
) -> Response:
    """Sign in by an account number that the cabinet shows (its owner), or by phone (any member).

    Keep the `device_token` of the answer and send it as `X-Device-Token` from then on.
    """
    try:
        return await repeat.once(
            lambda once: services.identity.sign_ins.sign_in(
                account_number=body.account_number,
                phone=body.phone,
                password=body.password,
                origin=origin,
                once=once,
            ),
            shown=lambda started: TokensOut.model_validate(started.tokens),
            status=lambda _: HTTPStatus.CREATED,
            headers=lambda started: rate_limit_headers(started.standings),
            about=body.name,
        )
    except (CredentialsRejected, TooManyAttempts) as refused:
        metrics.count_failed_sign_in(refused.code)
        raise


@router.post("/refresh", responses=problems(SessionEnded))
async def refresh_session(
    body: RefreshIn, services: AppServices, origin: OriginWithDevice
) -> RefreshedOut:
    """Exchange the refresh token for a new pair of tokens.

    On the same device the token before it stays good for 30 seconds and gives the same pair. With
    `X-Device-Token` it stays good until its successor is used, so that a phone that slept before
    the answer came stays signed in. An older one, or one from another device, ends the session,
    because somebody else must have it.
    """
    return RefreshedOut.model_validate(
        await services.identity.sessions.refresh(body.refresh_token, origin=origin)
    )
