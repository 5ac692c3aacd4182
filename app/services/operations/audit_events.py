from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.access import (
    Credentials,
    Permission,
    permitted,
)
from app.clock import kyiv_midnight
from app.models.audit_actions import Action
from app.models.audit_event import AuditFilter, RecordedEvent
from app.repositories.callers import CallerRepository
from app.repositories.operations.audit_trail import AuditTrailRepository, Place
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEventService:
    context: Context

    async def list_newest(
        self,
        credentials: Credentials,
        *,
        action: Action | None,
        from_: date | None,
        to: date | None,
        limit: int,
        cursor: str | None,
    ) -> Page[RecordedEvent]:
        """Tell the owner who did what in the cabinet, when and from where.

        Days are days in Kyiv; the last one is included.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"audit:{credentials.organization_id}:{action}:{from_}:{to}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).see(credentials, now=now)
            permitted(caller, Permission.VIEW_AUDIT)
            found = await AuditTrailRepository(transaction).list_newest(
                organization_id=credentials.organization_id,
                chosen=AuditFilter(
                    action=action,
                    since=kyiv_midnight(from_) if from_ else None,
                    before=kyiv_midnight(to + timedelta(days=1)) if to else None,
                ),
                after=_place(asked.after) if asked.after else None,
                limit=asked.rows,
            )
        return asked.page(found, _position)


def _position(last: RecordedEvent) -> tuple[str, str]:
    return last.event.happened_at.isoformat(), str(last.event.id)


def _place(position: tuple[str, ...]) -> Place:
    happened_at, event_id = position
    return datetime.fromisoformat(happened_at), UUID(event_id)
