"""Lines for energy: what a metering point took, at the tariff of its class and month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from app.models.billing.books import ChargeClass
from app.models.billing.draft import DraftLine
from app.models.period import Period

KWH_IN_MWH: Final = Decimal(1000)
DISTRIBUTION: Final = "distribution"


class NotBillable(Exception):
    """Why an account's month cannot be billed: a bill run names it with its code and goes on."""

    code: ClassVar[str]


class EnergyUnknown(NotBillable):
    """Nobody can say what a metering point took in the month."""

    code = "energy_unknown"


class BilledElsewhere(NotBillable):
    """The operator's own billing has issued an invoice for the month, and it was loaded."""

    code = "billed_elsewhere"


class TariffMissing(NotBillable):
    """No tariff of the point's class is in force on the first day of the month."""

    code = "tariff_missing"


class TariffChangesWithinMonth(NotBillable):
    """A tariff begins in the middle of the month, and nobody read the meters on that day."""

    code = "tariff_changes_within_month"


@dataclass(frozen=True, slots=True)
class Price:
    """A tariff as it stands on a line: without VAT, with the act that set it."""

    voltage_class: int
    uah_per_mwh: Decimal
    valid_from: date
    act: str

    @property
    def per_kwh(self) -> Decimal:
        return self.uah_per_mwh / KWH_IN_MWH

    @property
    def basis(self) -> dict[str, Any]:
        return {
            "voltage_class": self.voltage_class,
            "price_uah_per_mwh": f"{self.uah_per_mwh.normalize():f}",
            "valid_from": self.valid_from.isoformat(),
            "act": self.act,
        }


class Tariffs:
    """The prices of distribution, each from a day on."""

    def __init__(self, prices: Sequence[Price]) -> None:
        self._prices = sorted(prices, key=lambda each: each.valid_from)

    def of(self, voltage_class: int, period: Period) -> Price:
        """Return the price of a class in a month.

        :raises TariffMissing, TariffChangesWithinMonth:
        """
        of_class = [each for each in self._prices if each.voltage_class == voltage_class]
        in_force = [each for each in of_class if each.valid_from <= period.starts_on]
        if not in_force:
            raise TariffMissing(voltage_class, period)
        if any(period.starts_on < each.valid_from < period.ends_on for each in of_class):
            raise TariffChangesWithinMonth(voltage_class, period)
        return in_force[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEnergy:
    """Whole kWh of one metering point in one month, as a version of its settlement tells it."""

    eic: str
    voltage_class: int
    kwh: int
    is_estimated: bool
    version: int
    registers: Sequence[Mapping[str, Any]] = ()
    """What each register showed: the explanation's numbers."""


def distribution_line(
    energy: PointEnergy, tariffs: Tariffs, period: Period, *, billed_kwh: int = 0
) -> DraftLine | None:
    """Return the line for what a point took beyond what is billed; None if that is nothing."""
    price = tariffs.of(energy.voltage_class, period)
    quantity = Decimal(energy.kwh - billed_kwh)
    if not quantity:
        return None
    return DraftLine.priced(
        DISTRIBUTION,
        ChargeClass.DISTRIBUTION,
        quantity,
        "kWh",
        price.per_kwh,
        eic=energy.eic,
        basis={
            "period": str(period),
            "kwh": energy.kwh,
            "billed_kwh": billed_kwh,
            "is_estimated": energy.is_estimated,
            "settlement_version": energy.version,
            "tariff": price.basis,
            "registers": list(energy.registers),
        },
    )
