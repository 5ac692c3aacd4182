from datetime import datetime
from typing import Any
from uuid import UUID

from app.access import Credentials
from app.models import AuditEvent
from app.models.audit_actions import Action
from app.repositories.base import Repository


class AuditEventRepository(Repository):
    def add(
        self,
        action: Action,
        *,
        by: Credentials,
        happened_at: datetime,
        subject_id: UUID | None = None,
        address: str | None = None,
        **details: Any,
    ) -> None:
        self._session.add(
            AuditEvent(
                organization_id=by.organization_id,
                happened_at=happened_at,
                action=action.value,
                member_id=by.member_id,
                session_id=by.session_id,
                subject_id=subject_id,
                address=address,
                details=details,
            )
        )
