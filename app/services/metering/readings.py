from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import Clock
from app.database import Database
from app.errors import NotFound
from app.models.period import FIRST_YEAR, LAST_YEAR, Period
from app.repositories.metering.readings import (
    Position,
    ReadingFilter,
    ReadingView,
    Receipt,
    RecordedReading,
)
from app.security.cursors import Cursors, Stretch

ALL: Final = (Period(FIRST_YEAR, 1), Period(LAST_YEAR, 12))


@dataclass(frozen=True, slots=True)
class ReadingReceipt:
    """Proof that readings were handed in, with what became of them."""

    receipt: Receipt
    items: list[RecordedReading]


class ReadingService:
    def __init__(self, *, database: Database, clock: Clock, cursors: Cursors) -> None:
        self._database = database
        self._clock = clock
        self._cursors = cursors

    async def list_newest(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        from_: Period | None,
        to: Period | None,
        register_id: UUID | None,
        limit: int,
        cursor: str | None,
    ) -> Stretch[RecordedReading]:
        """Return readings newest first, superseded ones included.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        first, last = from_ or ALL[0], to or ALL[1]
        scope = f"readings:{account_id}:{register_id}:{first}:{last}"
        position = self._cursors.read(scope, cursor)
        async with self._database.connect() as connection:
            caller, found = await ReadingView(connection).list_newest(
                account_id,
                chosen=ReadingFilter(
                    starts_on=first.starts_on, ends_on=last.ends_on, register_id=register_id
                ),
                after=_position(position) if position else None,
                limit=limit + 1,
                credentials=credentials,
                now=self._clock.now(),
            )
        permitted(caller, Permission.VIEW_READINGS)
        if found is None:
            raise NotFound
        items = found[:limit]
        more = len(found) > limit
        return Stretch(items, self._cursors.write(scope, *_place(items[-1])) if more else None)

    async def get(self, credentials: Credentials, reading_id: UUID) -> RecordedReading:
        """Return one reading of an account in the caller's cabinet.

        :raises NotFound: there is no such reading there.
        """
        async with self._database.connect() as connection:
            caller, reading = await ReadingView(connection).get(
                reading_id, credentials=credentials, now=self._clock.now()
            )
        permitted(caller, Permission.VIEW_READINGS)
        if reading is None:
            raise NotFound
        return reading

    async def receipt(self, credentials: Credentials, receipt_id: UUID) -> ReadingReceipt:
        """Return the proof that readings were handed in.

        :raises NotFound: there is no such receipt in the caller's cabinet.
        """
        async with self._database.connect() as connection:
            caller, receipt, items = await ReadingView(connection).receipt(
                receipt_id, credentials=credentials, now=self._clock.now()
            )
        permitted(caller, Permission.VIEW_READINGS)
        if receipt is None:
            raise NotFound
        return ReadingReceipt(receipt, items)


def _place(reading: RecordedReading) -> tuple[str, str, str]:
    return str(reading.period), str(reading.register_id), str(reading.version)


def _position(place: tuple[str, ...]) -> Position:
    period, register_id, version = place
    return Period.parse(period).starts_on, UUID(register_id), int(version)
