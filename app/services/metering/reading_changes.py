from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import Clock
from app.database import Database
from app.models.metering.reading_change import ChangedReading, ChangePosition
from app.repositories.metering.reading_change_marks import ReadingChangeMarkRepository
from app.repositories.metering.reading_changes import ReadingChangeView
from app.services.context import Context

SCOPE: Final = "reading-changes"


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Readings in the order in which they were last written, and where to go on."""

    items: list[ChangedReading]
    next_cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingChangeService:
    context: Context

    async def list_changed(
        self,
        credentials: Credentials,
        *,
        changed_since: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> ChangesPage:
        """Return readings of the whole cabinet that are new or changed, oldest change first.

        None is missed, whoever else writes meanwhile. A reading that changes once more comes once
        more; `changed_since` may bring some from a few minutes before the moment.

        :raises CursorInvalid: the cursor belongs to another list.
        """
        place = self.context.cursors.read(SCOPE, cursor)
        async with self.context.database.connect() as connection:
            caller, found = await ReadingChangeView(connection).list_changed(
                changed_since=changed_since,
                after=_position(place) if place else None,
                limit=limit,
                credentials=credentials,
                now=self.context.clock.now(),
            )
        permitted(caller, Permission.VIEW_READINGS)
        position = (str(found.position.change), str(found.position.reading_id))
        return ChangesPage(
            found.items, self.context.cursors.write(SCOPE, *position), found.has_more
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingChangeMarks:
    """Keeps the order of changes: which server counts them, and where they stood at a moment."""

    database: Database
    clock: Clock

    async def mark(self) -> None:
        """Note where the changes stand now; begin an epoch after a restore or a failover."""
        async with self.database.begin() as transaction:
            await ReadingChangeMarkRepository(transaction).begin_epoch_if_moved(self.clock.now())
        # The moment is taken last: what was written before it and is not below would be missed by
        # who asks for what changed since.
        async with self.database.begin() as transaction:
            marks = ReadingChangeMarkRepository(transaction)
            below = await marks.below()
            await marks.mark(self.clock.now(), below=below)


def _position(place: tuple[str, ...]) -> ChangePosition:
    change, reading_id = place
    return ChangePosition(int(change), UUID(reading_id))
