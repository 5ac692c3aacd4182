"""What a run of the settlement came to."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from app.models.metering.reading import Kind
from app.models.metering.register import Energy
from app.models.metering.settling.account import PROLONGED, MonthSettlement

SHARED = "shared_by_days"
"""Instead of a method: two values that were read lie around the month's end."""


@dataclass(slots=True)
class Tally:
    """Counts for whoever closes a period, or reads the worker's log."""

    accounts: int = 0
    registers: int = 0
    energy: int = 0
    """Whole kWh of active energy taken from the network, as far as it is known."""
    unknown_points: int = 0
    """Metering points of which nobody can say what they took."""
    estimated: Counter[str] = field(default_factory=Counter)
    """Registers that nobody has read in time, by how they were estimated."""
    prolonged: int = 0
    """Of these, those that nobody has read for three months or more."""
    corrected_months: int = 0
    """Months settled before that later values have changed."""
    failed: int = 0
    """Accounts that could not be settled; the log says why."""

    still_open: list[str] = field(default_factory=list)
    """Groups of accounts whose readings are still taken, so that they are left for later."""

    def add(self, told: MonthSettlement, *, version: int = 1) -> None:
        """Count a month of one account: settled for the first time, or corrected."""
        if version > 1:
            self.corrected_months += 1
            return
        self.accounts += 1
        self.registers += len(told.registers)
        self.estimated.update(
            each.estimate_method or SHARED for each in told.registers if each.kind is Kind.ESTIMATED
        )
        self.prolonged += sum(each.months_unread >= PROLONGED for each in told.registers)
        self.unknown_points += sum(point.amount is None for point in told.points)
        self.energy += sum(
            point.amount or 0 for point in told.points if point.energy is Energy.ACTIVE_IMPORT
        )

    def merge(self, other: "Tally") -> None:
        self.accounts += other.accounts
        self.registers += other.registers
        self.energy += other.energy
        self.unknown_points += other.unknown_points
        self.estimated += other.estimated
        self.prolonged += other.prolonged
        self.corrected_months += other.corrected_months
        self.failed += other.failed

    def told(self) -> dict[str, Any]:
        """Return the counts by their names, for programs."""
        return asdict(self) | {"estimated": dict(sorted(self.estimated.items()))}
