from collections.abc import Sequence

from sqlalchemy import select

from app.database import Database
from app.models.audit_event import AuditEvent
from tests.factories.registry import Company


async def audited(database: Database, company: Company) -> Sequence[str]:
    """Return what a company's audit trail says has been done, oldest first."""
    async with database.begin() as transaction:
        return (
            await transaction.scalars(
                select(AuditEvent.action)
                .where(AuditEvent.organization_id == company.organization.id)
                .order_by(AuditEvent.happened_at, AuditEvent.id)
            )
        ).all()


async def trail(database: Database, company: Company, action: str) -> Sequence[AuditEvent]:
    """Return a company's events of one kind, oldest first."""
    async with database.begin() as transaction:
        return (
            await transaction.scalars(
                select(AuditEvent)
                .where(
                    AuditEvent.organization_id == company.organization.id,
                    AuditEvent.action == action,
                )
                .order_by(AuditEvent.happened_at, AuditEvent.id)
            )
        ).all()
