"""The fee for reactive energy (methodology approved by order 87/764); its table is the operator's.

Not charged below 50 kW. The structure is the order's; where its table of surcharges is not given,
the surcharge is left out rather than guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from app.models.billing.books import ChargeClass
from app.models.billing.draft import DraftLine
from app.models.money import EXACTLY, ZERO, Money

LEAST_POWER_KW: Final = Decimal(50)
GENERATION_FACTOR: Final = Decimal(3)
"""Energy that a customer gives back weighs three times (the order's K)."""
REACTIVE: Final = "reactive"
TG_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Surcharge:
    """From which tg phi on the basic fee is multiplied, and by what."""

    from_tg_phi: Decimal
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactiveInputs:
    """What the fee of one metering point and month is made of."""

    active_kwh: Decimal
    consumed_kvarh: Decimal
    generated_kvarh: Decimal
    equivalent: Decimal
    """The point's economic equivalent of reactive power, kWh/kvarh: from the contract's annex."""
    price: Decimal
    """The month's average price of energy, hryvnias for a kWh without VAT."""


@dataclass(frozen=True, slots=True)
class ReactiveFee:
    basic: Money
    surcharge: Money
    tg_phi: Decimal | None
    """None without active energy."""
    factor: Decimal = Decimal(1)
    """By which the fee for what was consumed is multiplied; 1: no surcharge."""

    @property
    def net(self) -> Money:
        return self.basic + self.surcharge


def reactive_fee(inputs: ReactiveInputs, table: Sequence[Surcharge] = ()) -> ReactiveFee:
    """Return the fee of a month; `table` holds the surcharges for too little compensation."""
    weighed = inputs.consumed_kvarh + GENERATION_FACTOR * inputs.generated_kvarh
    exact = EXACTLY.multiply(EXACTLY.multiply(weighed, inputs.equivalent), inputs.price)
    tg_phi = None
    factor = Decimal(1)
    if inputs.active_kwh > 0:
        tg_phi = (inputs.consumed_kvarh / inputs.active_kwh).quantize(TG_PLACES, ROUND_HALF_UP)
        reached = [each.factor for each in table if each.from_tg_phi <= tg_phi]
        factor = max(reached, default=factor)
    own = EXACTLY.multiply(EXACTLY.multiply(inputs.consumed_kvarh, inputs.equivalent), inputs.price)
    return ReactiveFee(
        Money.rounded(exact), Money.rounded(EXACTLY.multiply(own, factor - 1)), tg_phi, factor
    )


def is_charged(allowed_power_kw: Decimal | None) -> bool:
    return allowed_power_kw is not None and allowed_power_kw >= LEAST_POWER_KW


def reactive_line(
    eic: str,
    inputs: ReactiveInputs,
    table: Sequence[Surcharge] = (),
    *,
    billed: Money = ZERO,
    **sources: Any,
) -> DraftLine:
    """Return the line of a point's fee with its inputs: one fee, whose price is the fee.

    :param billed: what was billed of this fee before; the line is the difference.
    :param sources: by what right the inputs are what they are.
    """
    fee = reactive_fee(inputs, table)
    net = fee.net - billed
    return DraftLine(
        code=REACTIVE,
        charge=ChargeClass.REACTIVE,
        quantity=Decimal(1),
        unit="month",
        price=net.hryvnias,
        net=net,
        eic=eic,
        basis=_basis(inputs, fee) | {"billed": str(billed)} | sources,
    )


def _basis(inputs: ReactiveInputs, fee: ReactiveFee) -> dict[str, Any]:
    numbers = (
        "active_kwh",
        "consumed_kvarh",
        "generated_kvarh",
        "equivalent",
        "price",
    )
    return {name: f"{getattr(inputs, name).normalize():f}" for name in numbers} | {
        "basic": str(fee.basic),
        "surcharge": str(fee.surcharge),
        "factor": f"{fee.factor.normalize():f}",
        "tg_phi": None if fee.tg_phi is None else str(fee.tg_phi),
    }
