"""What stands in a member's calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from app.access import Role
from app.models.metering.reading_window import ReadingWindow
from app.models.money import Money
from app.models.orders.texts import LocalText
from app.texts import Locale

SHOWN_BACK: Final = timedelta(days=62)
SHOWN_AHEAD: Final = timedelta(days=366)
MOST_SHOWN: Final = 1000
"""Orders, and invoices, in one calendar."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a calendar shows, both included, as of a moment."""

    now: datetime
    since: date
    until: date
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarReader:
    """Whose calendar an address opens, as the database knows them now."""

    link_id: str
    role: Role
    owns: bool
    locale: Locale
    has_accounts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDates:
    """An order with the last day of its term, and the crew that comes."""

    id: UUID
    number: str
    title: LocalText
    account_number: str
    address: str
    due_on: date | None
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDue:
    """An invoice that is not paid, and its last day."""

    id: UUID
    number: str
    account_number: str
    due_on: date
    outstanding: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeed:
    """The dates of one member, in their language."""

    locale: Locale
    made_at: datetime
    windows: Sequence[ReadingWindow]
    orders: Sequence[OrderDates]
    invoices: Sequence[InvoiceDue]
