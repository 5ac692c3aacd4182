"""What can be read of a cabinet's audit trail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from app.models.audit_event import AuditEvent, AuditFilter, RecordedEvent
from app.models.identity.member import Member
from app.repositories.base import Repository

Place = tuple[datetime, UUID]
"""When the last event shown happened, and its id."""


class AuditTrailRepository(Repository):
    async def list_newest(
        self, *, organization_id: UUID, chosen: AuditFilter, after: Place | None, limit: int
    ) -> list[RecordedEvent]:
        """Return what happened in a cabinet, newest first; removed members keep their names."""
        statement = (
            select(AuditEvent, Member.full_name)
            .outerjoin(
                Member,
                (Member.organization_id == AuditEvent.organization_id)
                & (Member.id == AuditEvent.member_id),
            )
            .where(AuditEvent.organization_id == organization_id)
            .order_by(AuditEvent.happened_at.desc(), AuditEvent.id.desc())
            .limit(limit)
        )
        if chosen.action is not None:
            statement = statement.where(AuditEvent.action == chosen.action.value)
        if chosen.since is not None:
            statement = statement.where(AuditEvent.happened_at >= chosen.since)
        if chosen.before is not None:
            statement = statement.where(AuditEvent.happened_at < chosen.before)
        if after is not None:
            statement = statement.where(tuple_(AuditEvent.happened_at, AuditEvent.id) < after)
        rows = await self._session.execute(statement)
        return [RecordedEvent(event, name) for event, name in rows]
