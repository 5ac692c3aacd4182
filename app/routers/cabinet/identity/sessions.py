from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.errors import NotFound
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.base import Cursor, Limit, Page
from app.schemas.identity.sessions import SessionOut
from app.security.cursors import CursorInvalid

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.get("", responses=problems(CursorInvalid))
async def list_sessions(
    credentials: SignedIn,
    services: AppServices,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[SessionOut]:
    """List where you are signed in, the newest sign-in first."""
    found = await services.identity.devices.list_by_age(credentials, limit=limit, cursor=cursor)
    items = [SessionOut.of(shown) for shown in found.items]
    return Page[SessionOut].built(items=items, next_cursor=found.next_cursor)


@router.delete("/current", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(credentials: SignedIn, services: AppServices, origin: Origin) -> None:
    """Sign out: the session's tokens stop working at once."""
    await services.identity.sessions.sign_out(credentials, origin=origin)


# Only ids: `/sessions/refresh` is a route of its own, and nothing to delete.
@router.delete(
    "/{session_id:uuid}", status_code=HTTPStatus.NO_CONTENT, responses=problems(NotFound)
)
async def end_session(
    session_id: UUID, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Sign out on one of your devices: the session's tokens stop working at once."""
    await services.identity.devices.end(credentials, session_id, origin=origin)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
async def end_other_sessions(credentials: SignedIn, services: AppServices, origin: Origin) -> None:
    """Sign out everywhere else: every session of yours but this one ends at once."""
    await services.identity.devices.end_others(credentials, origin=origin)
