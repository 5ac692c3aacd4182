"""Settlements as they are shown to whoever may see the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Self
from uuid import UUID

from app.errors import Flaw
from app.models.metering.register import Energy
from app.models.metering.settlement import SettlementStatus
from app.models.period import FIRST_YEAR, Period, RangeInvalid

USUAL_SPAN: Final = 12
"""Months that are shown before the last one to whoever names no first one."""
EARLIEST: Final = Period(FIRST_YEAR, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRegister:
    """A register at the ends of its part of a settled period."""

    register_id: UUID
    opening: Decimal | None
    closing: Decimal | None
    kind: str
    estimate_method: str | None
    months_unread: int
    energy: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPoint:
    """What a metering point is billed for."""

    eic: str
    energy: Energy
    voltage_class: int
    amount: int | None
    difference: int | None
    is_estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSettlement:
    """A period of an account, by its newest version; one that is open has none."""

    period: Period
    version: int
    settled_at: datetime | None
    registers: Sequence[ShownRegister] = ()
    points: Sequence[ShownPoint] = ()

    @property
    def status(self) -> SettlementStatus:
        if self.version == 0:
            return SettlementStatus.OPEN
        return SettlementStatus.CORRECTED if self.version > 1 else SettlementStatus.SETTLED

    @property
    def kwh(self) -> int | None:
        """Return the active energy taken from the network; None when a part cannot be known."""
        amounts = [point.amount for point in self.points if point.energy is Energy.ACTIVE_IMPORT]
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if known and len(known) == len(amounts) else None

    @property
    def is_estimated(self) -> bool:
        return any(point.is_estimated for point in self.points)


@dataclass(frozen=True, slots=True)
class SettledSpan:
    """Which periods somebody asks for, both ends included."""

    first: Period
    last: Period

    @classmethod
    def of(cls, first: Period | None, last: Period | None, *, today: date) -> Self:
        """Return the span; unasked, it ends with the present month and begins a year before.

        :raises RangeInvalid: it ends before it begins.
        """
        last = last or Period.containing(today)
        first = first or max(last.shifted(-USUAL_SPAN), EARLIEST)
        if last < first:
            raise RangeInvalid(flaws=[Flaw(pointer="from", code=RangeInvalid.code)])
        return cls(first, last)
