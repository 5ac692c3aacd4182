from http import HTTPStatus

from fastapi import APIRouter

from app.errors import Busy
from app.routers.deps import AppServices, Origin
from app.routers.problems import problems
from app.schemas.sessions import RefreshIn, SignInIn, TokensOut
from app.services.sessions import CredentialsRejected, SessionEnded

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(CredentialsRejected, Busy))
async def sign_in(body: SignInIn, services: AppServices, origin: Origin) -> TokensOut:
    """Sign in by account number (the owner) or by phone (any member)."""
    sessions = services.sessions
    if body.phone is not None:
        tokens = await sessions.sign_in_member(
            phone=body.phone, password=body.password, origin=origin
        )
    else:
        tokens = await sessions.sign_in_owner(
            account_number=body.account_number or "", password=body.password, origin=origin
        )
    return TokensOut.model_validate(tokens)


@router.post("/refresh", responses=problems(SessionEnded))
async def refresh_session(body: RefreshIn, services: AppServices) -> TokensOut:
    """Exchange the refresh token for a new pair of tokens.

    The token before it stays good for 30 seconds and gives the same pair; an older one ends the
    session, because somebody else must have it.
    """
    return TokensOut.model_validate(await services.sessions.refresh(body.refresh_token))
