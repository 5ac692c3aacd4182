"""From what one register showed at the ends of months to the energy of each month.

Sources of the rules: Code of Commercial Metering (NERC 311/2018 as amended): a month's energy is
the difference of two readings times the transformers' ratio, a register that passes its last
digit goes on from zero, months without a reading get the average daily energy. Readings stand
for midnight, and a share of a gap is a share of its calendar days, so hours, and with them the
change to summer time, play no part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import Final, TypeAlias
from uuid import UUID

from app.models.metering.register import Zone
from app.models.period import MONTHS, Period

Month: TypeAlias = int
"""Months since the year 0: plain integers, because a chart of years adds up thousands of them."""

Energy: TypeAlias = tuple[Decimal, bool]
"""What went through one register in one month, in kWh, and whether it is estimated."""

EXACT: Final = Decimal("0.001")
"""kWh: shares of a gap are cut to what the wire shows, so that they still add up to the gap."""

LONGEST_SILENCE: Final = 3
"""Months without a reading after which nobody waits for a register any more."""


@dataclass(frozen=True, slots=True)
class RegisterHistory:
    """The current readings of one register, oldest first, and how to read them."""

    account_id: UUID
    meter_id: UUID
    register_id: UUID
    zone: Zone
    digits: int
    multiplier: Decimal
    removed_on: date | None
    """When its meter was taken away."""
    periods: Sequence[date]
    """First days of the months that the readings close; each month once, ascending."""
    values: Sequence[Decimal]
    estimated: Sequence[bool]

    def monthly(self) -> dict[Month, Energy]:
        """Return the energy of each month after the opening one, which only tells a beginning.

        A month is estimated when either of its two readings is, or when no reading closed it.
        """
        energies: dict[Month, Energy] = {}
        modulus, multiplier = Decimal(10) ** self.digits, self.multiplier
        before, value_before, estimated_before = 0, None, False
        for period, value, is_estimated in zip(
            self.periods, self.values, self.estimated, strict=True
        ):
            month = month_of(period)
            if value_before is not None:
                used = value - value_before
                kwh = (used if used >= 0 else used + modulus) * multiplier
                if month - before == 1:
                    energies[month] = kwh, is_estimated or estimated_before
                else:
                    energies.update(spread(kwh, after=before, until=month))
            before, value_before, estimated_before = month, value, is_estimated
        return energies

    def awaits(self, month: Month) -> bool:
        """Tell whether the month's reading can still come: the meter runs and was read lately."""
        if not self.periods:
            return False
        if not 0 < month - month_of(self.periods[-1]) <= LONGEST_SILENCE:
            return False
        return self.removed_on is None or self.removed_on > period_of(month).starts_on


def spread(kwh: Decimal, *, after: Month, until: Month) -> Mapping[Month, Energy]:
    """Divide what a gap of months consumed by their days; the shares add up to it exactly."""
    begins_on = days_before(after + 1)
    days = days_before(until + 1) - begins_on
    shares: dict[Month, Energy] = {}
    given = Decimal(0)
    for month in range(after + 1, until):
        so_far = (kwh * (days_before(month + 1) - begins_on) / days).quantize(EXACT, ROUND_DOWN)
        shares[month] = so_far - given, True
        given = so_far
    shares[until] = kwh - given, True
    return shares


def month_of(day: date) -> Month:
    return day.year * MONTHS + day.month - 1


@lru_cache(maxsize=4096)
def period_of(month: Month) -> Period:
    return Period(month // MONTHS, month % MONTHS + 1)


@lru_cache(maxsize=4096)
def days_before(month: Month) -> int:
    return period_of(month).starts_on.toordinal()
