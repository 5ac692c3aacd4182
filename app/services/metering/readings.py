from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.errors import NotFound
from app.models.metering.recorded_reading import ReadingFilter, Receipt, RecordedReading
from app.models.period import FIRST_YEAR, LAST_YEAR, Period
from app.repositories.metering.readings import Position, ReadingView
from app.security.cursors import Page
from app.services.context import Context

ALL: Final = (Period(FIRST_YEAR, 1), Period(LAST_YEAR, 12))


@dataclass(frozen=True, slots=True)
class ReceiptWithReadings:
    """Proof that readings were handed in, with what became of them."""

    receipt: Receipt
    items: list[RecordedReading]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingService:
    context: Context

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
    ) -> Page[RecordedReading]:
        """Return readings newest first, superseded ones included.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        first, last = from_ or ALL[0], to or ALL[1]
        scope = f"readings-by-day:{account_id}:{register_id}:{first}:{last}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            caller, found = await ReadingView(connection).list_newest(
                account_id,
                chosen=ReadingFilter(
                    starts_on=first.starts_on, ends_on=last.ends_on, register_id=register_id
                ),
                after=_position(asked.after) if asked.after else None,
                limit=asked.rows,
                credentials=credentials,
                now=self.context.clock.now(),
            )
        permitted(caller, Permission.VIEW_READINGS)
        if found is None:
            raise NotFound
        return asked.page(found, _place)

    async def get(self, credentials: Credentials, reading_id: UUID) -> RecordedReading:
        """Return one reading of an account in the caller's cabinet.

        :raises NotFound: there is no such reading there.
        """
        async with self.context.database.connect() as connection:
            caller, reading = await ReadingView(connection).get(
                reading_id, credentials=credentials, now=self.context.clock.now()
            )
        permitted(caller, Permission.VIEW_READINGS)
        if reading is None:
            raise NotFound
        return reading

    async def receipt(self, credentials: Credentials, receipt_id: UUID) -> ReceiptWithReadings:
        """Return the proof that readings were handed in.

        :raises NotFound: there is no such receipt in the caller's cabinet.
        """
        async with self.context.database.connect() as connection:
            caller, receipt, items = await ReadingView(connection).receipt(
                receipt_id, credentials=credentials, now=self.context.clock.now()
            )
        permitted(caller, Permission.VIEW_READINGS)
        if receipt is None:
            raise NotFound
        return ReceiptWithReadings(receipt, items)


def _place(reading: RecordedReading) -> tuple[str, str, str]:
    return reading.read_on.isoformat(), str(reading.register_id), str(reading.version)


def _position(place: tuple[str, ...]) -> Position:
    day, register_id, version = place
    return date.fromisoformat(day), UUID(register_id), int(version)
