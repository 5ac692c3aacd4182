from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.clock import Clock
from app.database import Database
from app.models.orders.calendar_day import CalendarDay
from app.origin import OperatorAct
from app.repositories.orders.calendar import CalendarRepository

MOST_LISTED: Final = 400
"""Days: more than a year of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarService:
    """Lets the operator say which days are working days."""

    database: Database
    clock: Clock

    async def list_days(self, *, since: date) -> Sequence[CalendarDay]:
        """Return the days that are set apart, the earliest first."""
        async with self.database.begin() as transaction:
            return await CalendarRepository(transaction).list_days(since=since, limit=MOST_LISTED)

    async def set_day(self, day: date, *, is_working: bool | None, act: OperatorAct) -> bool:
        """Make a day a working day or a day off, or leave it to the week; False if it is so."""
        async with self.database.begin() as transaction:
            days = CalendarRepository(transaction)
            if is_working is None:
                return await days.unset_day(day)
            return await days.set_day(day, is_working=is_working, act=act, now=self.clock.now())

    async def apply_holidays_from(self, day: date | None, *, act: OperatorAct) -> bool:
        """Let public holidays be days off from a day on, or suspend them; False if it is so."""
        async with self.database.begin() as transaction:
            return await CalendarRepository(transaction).apply_holidays_from(
                day, act=act, now=self.clock.now()
            )
