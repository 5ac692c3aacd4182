from collections.abc import Sequence

from sqlalchemy import select

from app.database import Database
from app.models import AuditEvent
from tests.factories.registry import Company


async def audited(database: Database, company: Company) -> Sequence[str]:
    """Return what a company's audit trail says has been done, oldest first."""
    async with database.begin() as session:
        return (
            await session.scalars(
                select(AuditEvent.action)
                .where(AuditEvent.organization_id == company.organization.id)
                .order_by(AuditEvent.happened_at, AuditEvent.id)
            )
        ).all()
