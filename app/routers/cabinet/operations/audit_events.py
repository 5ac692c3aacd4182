from typing import Annotated

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.routers.deps import AppServices, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.base import Page
from app.schemas.operations.audit_events import AuditEventOut, AuditEventsQuery
from app.security.cursors import CursorInvalid

router = APIRouter(prefix="/audit-events", tags=["members"])


@router.get("", responses=problems(OwnershipPending, PermissionMissing, CursorInvalid))
async def list_audit_events(
    query: Annotated[AuditEventsQuery, Query()], credentials: SignedIn, services: AppServices
) -> Page[AuditEventOut]:
    """List who did what in the cabinet, when and from where, newest first. For the owner."""
    found = await services.operations.audit_events.list_newest(
        credentials,
        action=query.action,
        from_=query.from_,
        to=query.to,
        limit=query.limit,
        cursor=query.cursor,
    )
    items = [AuditEventOut.of(recorded) for recorded in found.items]
    return Page[AuditEventOut].built(items=items, next_cursor=found.next_cursor)
