from http import HTTPStatus

from fastapi import APIRouter, Response

from app.errors import Busy
from app.routers.deps import AppServices, Origin
from app.routers.problems import problems
from app.routers.rate_limits import rate_limit_headers
from app.routers.repeats import REPEATABLE, MayRepeat
from app.schemas.sessions import RefreshIn, SignInIn, TokensOut
from app.services.sessions import CredentialsRejected, SessionEnded, TooManyAttempts

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=TokensOut,
    responses=problems(CredentialsRejected, TooManyAttempts, Busy, *REPEATABLE),
)
async def sign_in(
    body: SignInIn, services: AppServices, origin: Origin, repeat: MayRepeat
) -> Response:
    """Sign in by an account number that the cabinet shows (its owner), or by phone (any member)."""
    return await repeat.once(
        lambda once: services.sessions.sign_in(
            account_number=body.account_number,
            phone=body.phone,
            password=body.password,
            origin=origin,
            once=once,
        ),
        shown=lambda started: TokensOut.model_validate(started.tokens),
        status=lambda _: HTTPStatus.CREATED,
        headers=lambda started: rate_limit_headers(started.standings),
        about=body.account_number or body.phone,
    )


@router.post("/refresh", responses=problems(SessionEnded))
async def refresh_session(body: RefreshIn, services: AppServices) -> TokensOut:
    """Exchange the refresh token for a new pair of tokens.

    The token before it stays good for 30 seconds and gives the same pair; an older one ends the
    session, because somebody else must have it.
    """
    return TokensOut.model_validate(await services.sessions.refresh(body.refresh_token))
