"""Readings as they are shown to whoever may see them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.models.customers.organization import NamedCompany
from app.models.metering.reading_review import Review
from app.models.metering.receipt_chain import ChainedReceipt
from app.models.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedReading:
    """A reading with the energy since the last value that binds, in kWh or kvarh."""

    id: UUID | None
    """None only for what a dry run would record."""
    register_id: UUID
    period: Period
    read_on: date
    event: str
    version: int
    value: Decimal
    taken_at: datetime
    submitted_at: datetime
    source: str
    status: str
    kind: str
    consumption_kwh: Decimal | None
    findings: tuple[str, ...]
    supersedes: UUID | None
    energy: str
    submitted_by: NamedCompany | None
    """Another company that submitted it, as the account's owner sees it."""
    review: Review | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    id: UUID
    account_id: UUID
    account_number: str
    period: Period
    submitted_at: datetime
    digest: str
    seal: ChainedReceipt
    is_own: bool
    """Of an account of the company that asks: only that company sees the place in its chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFilter:
    starts_on: date
    ends_on: date
    register_id: UUID | None
