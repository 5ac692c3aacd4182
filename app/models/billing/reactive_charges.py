"""Lines for reactive energy: the fee of a point and month, less what was billed of it."""

from dataclasses import dataclass
from decimal import Decimal

from app.models.billing.draft import DraftLine
from app.models.billing.reactive import ReactiveInputs, is_charged, reactive_line
from app.models.billing.reactive_rates import AccountRates, PointEquivalent, sources_of
from app.models.money import ZERO, Money
from app.models.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class PointReactive:
    """What a metering point took and gave back in one month, as its settlement tells it."""

    eic: str
    active_kwh: int | None
    consumed_kvarh: int | None
    generated_kvarh: int | None
    """None: it cannot be known. A point without such a register has zero."""
    is_estimated: bool = False

    @property
    def is_known(self) -> bool:
        return None not in {self.active_kwh, self.consumed_kvarh, self.generated_kvarh}


def charged_by(point: PointReactive, rates: AccountRates, period: Period) -> PointEquivalent | None:
    """Return the equivalent a point is charged with; None where its contract says nothing."""
    equivalent = rates.equivalent(point.eic, period)
    if equivalent is None or not is_charged(equivalent.allowed_power_kw):
        return None
    return equivalent


def reactive_charge(
    point: PointReactive, rates: AccountRates, period: Period, *, billed: Money = ZERO
) -> DraftLine | None:
    """Return the line for what a point owes beyond what is billed; None if that is nothing.

    :raises ReactivePriceMissing:
    """
    equivalent = charged_by(point, rates, period)
    if equivalent is None:
        return None
    price, table = rates.rates.price(period), rates.rates.table(period)
    inputs = ReactiveInputs(
        active_kwh=Decimal(point.active_kwh or 0),
        consumed_kvarh=Decimal(point.consumed_kvarh or 0),
        generated_kvarh=Decimal(point.generated_kvarh or 0),
        equivalent=equivalent.equivalent,
        price=price.uah_per_kwh,
    )
    line = reactive_line(
        point.eic,
        inputs,
        [each.surcharge for each in table],
        billed=billed,
        period=str(period),
        is_estimated=point.is_estimated,
        **sources_of(equivalent, price, table),
    )
    return line if line.net else None
