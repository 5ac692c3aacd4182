from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, bindparam, func, select, text

from app.models.orders.appointment import AppointmentSlot
from app.repositories.base import Repository

_WAITING: Final = text("""
SELECT o.organization_id, o.id, past.was_asked
  FROM orders o
  JOIN LATERAL (
       SELECT max(e.happened_at) AS moved_at, bool_or(e.status = 'needs_info') AS was_asked
         FROM order_events e
        WHERE e.organization_id = o.organization_id AND e.order_id = o.id) past ON true
  LEFT JOIN order_appointments a ON a.organization_id = o.organization_id AND a.order_id = o.id
 WHERE o.status IN ('registered', 'paid', 'scheduled', 'in_progress')
   AND past.moved_at <= :since
   AND (o.status <> 'scheduled' OR coalesce(a.starts_at, :now) <= :now)
   AND strpos(coalesce(o.comment, ''), :without) = 0
 ORDER BY past.moved_at, o.id
 LIMIT :limit
""").bindparams(
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("without", type_=Text),
    bindparam("limit", type_=Integer),
)


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order that the staff has not touched for a day."""

    key: tuple[UUID, UUID]
    was_asked: bool


class SandboxOrdersRepository(Repository):
    async def list_waiting(
        self, *, since: datetime, now: datetime, without: str, limit: int
    ) -> Sequence[WaitingOrder]:
        """Return the orders that it is the staff's turn to work on, longest waiting first.

        A crew that is expected later is waited for, and so is an order whose comment says so.
        """
        values = {"since": since, "now": now, "without": without, "limit": limit}
        rows = await self._session.execute(_WAITING, values)
        return [WaitingOrder((row.organization_id, row.id), row.was_asked) for row in rows]

    async def last_slot(self, district: str) -> datetime | None:
        return await self._session.scalar(
            select(func.max(AppointmentSlot.starts_at)).where(AppointmentSlot.district == district)
        )
