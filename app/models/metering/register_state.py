"""A register as the rules see it: its limits, and the readings around one period."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final
from uuid import UUID

from app.models.customers.organization import NamedCompany
from app.models.metering.reading import CURRENT
from app.models.period import Period

LEAST_HISTORY: Final = 3
"""Months of consumption that must be known before any can be called unusual."""
LOW_FACTOR: Final = Decimal("0.5")
HIGH_FACTOR: Final = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class PriorReading:
    """A reading as the rules see it."""

    id: UUID
    period: Period
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentReading(PriorReading):
    """The newest reading of the period in question."""

    version: int
    source: str
    status: str
    kind: str
    findings: tuple[str, ...]
    supersedes: UUID | None
    receipt_id: UUID | None
    taken_at: datetime
    submitted_at: datetime
    submitted_by: NamedCompany | None
    """Another company that submitted it, as the account's owner sees it."""

    @property
    def is_current(self) -> bool:
        return self.status in CURRENT


@dataclass(frozen=True, slots=True)
class Range:
    """What a register is expected to show, and how much energy that would be."""

    low: Decimal
    high: Decimal
    low_energy: Decimal
    high_energy: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterState:
    """A register at a moment: its limits, its meter, and the readings around one period."""

    register_id: UUID
    meter_id: UUID
    serial_number: str
    eic: str
    code: str
    energy: str
    zone: str
    digits: int
    decimals: int
    multiplier: Decimal
    is_remote: bool
    removed_on: date | None
    verification_due_on: date | None
    past: tuple[PriorReading, ...]
    """Current readings before the period, newest first, at most 13."""
    newest: CurrentReading | None
    """The newest reading of the period itself, whatever became of it."""
    following: PriorReading | None

    @property
    def capacity(self) -> Decimal:
        """The value at which the register starts from 0 again."""
        return Decimal(10) ** self.digits

    @property
    def highest(self) -> Decimal:
        return self.capacity - Decimal(1).scaleb(-self.decimals)

    @property
    def previous(self) -> PriorReading | None:
        return self.past[0] if self.past else None

    @property
    def current(self) -> CurrentReading | None:
        return self.newest if self.newest and self.newest.is_current else None

    def difference(self, later: Decimal, earlier: Decimal) -> Decimal:
        """Return by how much the register went on, over zero if it had to."""
        return later - earlier + (self.capacity if later < earlier else 0)

    def consumption(self, value: Decimal) -> Decimal | None:
        """Return the energy since the previous reading, in kWh or kvarh."""
        if self.previous is None:
            return None
        return self.difference(value, self.previous.value) * self.multiplier

    def expected(self, as_of: date) -> Range | None:
        """Return the range of values a year of history makes likely on a day; None without it."""
        rates = [
            self.difference(later.value, earlier.value)
            / (later.period.ends_on - earlier.period.ends_on).days
            for later, earlier in zip(self.past, self.past[1:], strict=False)
        ]
        if self.previous is None or len(rates) < LEAST_HISTORY:
            return None
        days = max((as_of - self.previous.period.ends_on).days, 1)
        low, high = min(rates) * LOW_FACTOR * days, max(rates) * HIGH_FACTOR * days
        # Rounded inwards: a register that shows one of the bounds is within them.
        return Range(
            low=self._displayed(self.previous.value + low, ROUND_CEILING),
            high=self._displayed(self.previous.value + high, ROUND_FLOOR),
            low_energy=low * self.multiplier,
            high_energy=high * self.multiplier,
        )

    def _displayed(self, value: Decimal, rounding: str) -> Decimal:
        shown = value.quantize(Decimal(1).scaleb(-self.decimals), rounding)
        return shown % self.capacity
