from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select

from app.models.orders.calendar_day import THE_ONLY, CalendarDay, CalendarRule
from app.models.orders.working_calendar import WorkingCalendar
from app.origin import OperatorAct
from app.repositories.base import Repository


class CalendarRepository(Repository):
    """The operator's calendar: as a whole, because it is small and every due date needs it."""

    async def get(self) -> WorkingCalendar:
        days = await self._session.execute(select(CalendarDay.day, CalendarDay.is_working))
        begin = await self._session.scalar(select(CalendarRule.public_holidays_apply_from))
        return WorkingCalendar({row.day: row.is_working for row in days}, begin)

    async def list_days(self, *, since: date, limit: int) -> Sequence[CalendarDay]:
        found = await self._session.scalars(
            select(CalendarDay)
            .where(CalendarDay.day >= since)
            .order_by(CalendarDay.day)
            .limit(limit)
        )
        return found.all()

    async def set_day(
        self, day: date, *, is_working: bool, act: OperatorAct, now: datetime
    ) -> bool:
        """Set a day apart; False when it is set so already."""
        found = await self._session.get(CalendarDay, day, with_for_update={"key_share": True})
        if found is not None and found.is_working == is_working:
            return False
        await self._session.merge(
            CalendarDay(
                day=day,
                is_working=is_working,
                operator=act.operator,
                reason=act.reason,
                set_at=now,
            )
        )
        return True

    async def unset_day(self, day: date) -> bool:
        """Leave a day to the usual week again; False when it is not set apart."""
        done = await self._session.scalar(
            delete(CalendarDay).where(CalendarDay.day == day).returning(CalendarDay.day)
        )
        return done is not None

    async def apply_holidays_from(
        self, day: date | None, *, act: OperatorAct, now: datetime
    ) -> bool:
        """Let public holidays be days off from a day on, or never; False when it is so already."""
        found = await self._session.get(CalendarRule, THE_ONLY, with_for_update={"key_share": True})
        if day == (found.public_holidays_apply_from if found else None):
            return False
        await self._session.merge(
            CalendarRule(
                id=THE_ONLY,
                public_holidays_apply_from=day,
                operator=act.operator,
                reason=act.reason,
                set_at=now,
            )
        )
        return True
