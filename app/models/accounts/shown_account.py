"""Accounts as a cabinet shows them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from app.models.metering.reading_window import ReadingWindow, WindowState
from app.models.metering.window_book import WindowBook, WindowMark


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    """An account in a list: whose it is, where, and whether the cabinet shows it already."""

    id: UUID
    account_number: str
    tax_id: str
    organization_name: str
    address: str
    contract_number: str | None
    contract_date: date | None
    windows: WindowMark
    is_linked: bool
    meters_count: int


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """An account of the cabinet, with the window in which its readings are taken next."""

    account: AccountSummary
    window: ReadingWindow
    window_state: WindowState

    @classmethod
    def at(cls, now: datetime, account: AccountSummary, book: WindowBook) -> Self:
        window = book.current(account.windows.group, now)
        return cls(account, window, window.state(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterOnAccount:
    """A register with its meter and metering point, and the newest reading that stands."""

    metering_point_id: UUID
    eic: str
    point_address: str
    valid_from: date | None
    """The day from which the point belongs to the account, if it is known."""
    valid_to: date | None
    """The day from which it belongs to another one."""
    meter_id: UUID | None
    """None for a metering point whose meter is still to come."""
    serial_number: str
    model: str
    installed_on: date
    removed_on: date | None
    verification_due_on: date | None
    is_remote: bool
    register_id: UUID | None
    code: str
    energy: str
    zone: str
    digits: int
    decimals: int
    multiplier: Decimal
    last_value: Decimal | None
    last_period: date | None
    last_taken_at: datetime | None
    last_kind: str | None
