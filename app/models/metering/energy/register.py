"""One register as the rule of energy sees it: what it showed, how it counts, when it ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Mark(NamedTuple):
    """What a register showed at the beginning of a day in Kyiv."""

    day: date
    value: Decimal
    is_actual: bool
    """Whether somebody read it; an estimate gives way to the next value that was read."""


class Scale(NamedTuple):
    """How a register counts from a day on: its digits before the point, and its multiplier."""

    valid_from: date
    digits: int
    multiplier: Decimal
    """The product of the transformers' ratios: kWh for each unit that the register shows."""

    @property
    def capacity(self) -> Decimal:
        """The value at which the register goes on from zero."""
        return Decimal(10) ** self.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLife:
    """The values of one register, oldest first and one a day, with what is needed to read them."""

    marks: Sequence[Mark]
    scales: Sequence[Scale]
    """Oldest first; the first one also holds for the days before it."""
    runs_from: date | None
    """When the meter was installed, or the point passed to this account; None: before all marks."""
    runs_until: date | None
    """The day from which the meter is removed, or the point belongs to another account."""

    def scale_between(self, earlier: date, later: date) -> Scale | None:
        """Return the scale that holds from one day to another; None if it changes in between."""
        found = self.scales[0]
        for scale in self.scales[1:]:
            if scale.valid_from <= earlier:
                found = scale
            elif scale.valid_from < later:
                return None
        return found

    def scale_before(self, day: date) -> Scale:
        """Return the scale that counted what the register shows at the beginning of a day."""
        earlier = [scale for scale in self.scales if scale.valid_from < day]
        return earlier[-1] if earlier else self.scales[0]
