from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.access import PERMISSIONS, Permission
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.calendars.feed import (
    MOST_SHOWN,
    SHOWN_AHEAD,
    SHOWN_BACK,
    CalendarFeed,
    CalendarReader,
    InvoiceDue,
    OrderDates,
    Span,
)
from app.models.limits.kinds import LimitUse, require
from app.models.metering.reading_window import WindowRule
from app.models.period import Period
from app.repositories.calendars.feeds import FeedRepository
from app.repositories.limits import LimitRepository
from app.services.context import Context

WINDOWS: Final = range(-2, 4)
"""Months around this one whose windows are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeedService:
    """Shows a member's dates to whoever knows the secret address of their calendar."""

    context: Context
    window_rule: WindowRule

    async def read(self, address: str) -> CalendarFeed:
        """Return the dates that the address's member sees today.

        An address that was withdrawn or replaced, and that of a member who is shut out, opens
        nothing, as if it had never been.

        :raises NotFound:
        :raises TooManyAttempts: the address is read too often.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            reader = await FeedRepository(transaction).reader(address, now=now)
            if reader is None or not reader.owns:
                raise NotFound
            use = LimitUse(self.context.limits.calendar_reads, reader.link_id)
            require(await LimitRepository(transaction).take([use], now=now))
        return await self._dates(reader, address, now)

    async def _dates(self, reader: CalendarReader, address: str, now: datetime) -> CalendarFeed:
        today, may = kyiv_date(now), PERMISSIONS[reader.role]
        asked = Span(now, today - SHOWN_BACK, today + SHOWN_AHEAD, limit=MOST_SHOWN)
        async with self.context.database.begin() as transaction:
            feeds = FeedRepository(transaction)
            orders: Sequence[OrderDates] = ()
            invoices: Sequence[InvoiceDue] = ()
            if Permission.VIEW_ORDERS in may:
                orders = await feeds.orders(address, asked)
            if Permission.VIEW_BILLS in may:
                invoices = await feeds.invoices(address, asked)
        this = Period.containing(today)
        months = [this.shifted(each) for each in WINDOWS] if reader.has_accounts else []
        return CalendarFeed(
            locale=reader.locale,
            made_at=now,
            windows=[self.window_rule.window(each) for each in months],
            orders=orders,
            invoices=invoices,
        )
