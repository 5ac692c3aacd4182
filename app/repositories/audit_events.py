"""The audit trail: events are only added, in the transaction of the action they record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.access import Credentials
from app.models.audit_actions import Action
from app.models.audit_event import AuditEvent
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

    def add_for_operator(
        self,
        action: Action,
        *,
        organization_id: UUID,
        happened_at: datetime,
        subject_id: UUID | None = None,
        **details: Any,
    ) -> None:
        """Record what the operator did in a cabinet: there is no member who did it."""
        self._session.add(
            AuditEvent(
                organization_id=organization_id,
                happened_at=happened_at,
                action=action.value,
                subject_id=subject_id,
                details=details,
            )
        )

    def note(
        self,
        action: Action,
        *,
        organization_id: UUID,
        happened_at: datetime,
        subject_id: UUID | None = None,
        **details: Any,
    ) -> None:
        """Add what happened to an organization without any of its members doing it."""
        self._session.add(
            AuditEvent(
                organization_id=organization_id,
                happened_at=happened_at,
                action=action.value,
                member_id=None,
                session_id=None,
                subject_id=subject_id,
                address=None,
                details=details,
            )
        )
