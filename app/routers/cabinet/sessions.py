from http import HTTPStatus

from fastapi import APIRouter

from app.routers.deps import AppServices, Origin, SignedIn

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.delete("/current", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(credentials: SignedIn, services: AppServices, origin: Origin) -> None:
    """Sign out: the session's tokens stop working at once."""
    await services.sessions.sign_out(credentials, origin=origin)
