from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.models.identity.calendar_link import CalendarLink
from app.repositories.base import Repository


class CalendarLinkRepository(Repository):
    async def put(
        self, organization_id: UUID, member_id: UUID, *, secret_hash: bytes, now: datetime
    ) -> None:
        """Give a member an address; the one before is none from now on."""
        values = {"secret_hash": secret_hash, "created_at": now}
        await self._session.execute(
            insert(CalendarLink)
            .values(organization_id=organization_id, member_id=member_id, **values)
            .on_conflict_do_update(index_elements=["organization_id", "member_id"], set_=values)
        )

    async def remove(self, organization_id: UUID, member_id: UUID) -> bool:
        """Take a member's address away; False when there is none."""
        gone = await self._session.scalar(
            delete(CalendarLink)
            .where(
                CalendarLink.organization_id == organization_id,
                CalendarLink.member_id == member_id,
            )
            .returning(CalendarLink.member_id)
        )
        return gone is not None
