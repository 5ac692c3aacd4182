"""What keeps the order of written readings: the server's epoch, and a mark every few minutes."""

from datetime import datetime
from typing import Final

from sqlalchemy import DateTime, bindparam, text

from app.repositories.base import Repository

_HAS_MOVED: Final = text("""
SELECT NOT EXISTS (
  SELECT FROM (SELECT * FROM reading_epochs ORDER BY epoch DESC LIMIT 1) e
   WHERE (e.system_identifier, e.timeline) = (s.system_identifier, c.timeline_id))
  FROM pg_control_system() s CROSS JOIN pg_control_checkpoint() c
""")
# Whoever writes readings commits before, or writes with the new epoch.
_WITHOUT_WRITERS: Final = text("LOCK TABLE readings IN SHARE ROW EXCLUSIVE MODE")
_BEGIN: Final = text("""
INSERT INTO reading_epochs (epoch, system_identifier, timeline, begun_at)
SELECT coalesce((SELECT max(epoch) + 1 FROM reading_epochs), 0),
       s.system_identifier, c.timeline_id, :now
  FROM pg_control_system() s CROSS JOIN pg_control_checkpoint() c
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))
_BELOW: Final = text("SELECT reading_changes_below()")
_MARK: Final = text("""
INSERT INTO reading_change_marks (marked_at, below) VALUES (:now, :below)
ON CONFLICT (marked_at) DO NOTHING
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))


class ReadingChangeMarkRepository(Repository):
    async def begin_epoch_if_moved(self, now: datetime) -> bool:
        """Begin an epoch if this is not the server on which the newest one began."""
        if not await self._session.scalar(_HAS_MOVED):
            return False
        await self._session.execute(_WITHOUT_WRITERS)
        if not await self._session.scalar(_HAS_MOVED):
            return False  # another worker was first
        await self._session.execute(_BEGIN, {"now": now})
        return True

    async def below(self) -> int:
        """Return the change below which everything has been written."""
        found: int = (await self._session.execute(_BELOW)).scalar_one()
        return found

    async def mark(self, moment: datetime, *, below: int) -> None:
        await self._session.execute(_MARK, {"now": moment, "below": below})
