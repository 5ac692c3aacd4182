"""What the fee for reactive energy is counted with: all of it data, each with its act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.billing.energy_charges import NotBillable
from app.models.billing.reactive import Surcharge
from app.models.period import Period


class ReactivePriceMissing(NotBillable):
    """A point is charged for reactive energy, and nobody has loaded the month's price."""

    code = "reactive_price_missing"


class ReactiveEquivalent(Base):
    """The economic equivalent of reactive power of a point, from the annex of its contract."""

    __tablename__ = "reactive_equivalents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        CheckConstraint("equivalent > 0", name="equivalent_positive"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    eic: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    equivalent: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    """kWh/kvarh."""
    act: Mapped[str]


class ReactivePrice(Base):
    """The average price at which energy was bought in a month."""

    __tablename__ = "reactive_prices"
    __table_args__ = (
        CheckConstraint("uah_per_kwh > 0", name="price_positive"),
        CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
    )

    period: Mapped[date] = mapped_column(primary_key=True)
    uah_per_kwh: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    """Without VAT."""
    act: Mapped[str]


class ReactiveSurcharge(Base):
    """A row of the table of surcharges; a later table takes the place of the whole one before."""

    __tablename__ = "reactive_surcharges"
    __table_args__ = (
        CheckConstraint("from_tg_phi >= 0", name="tg_phi_not_negative"),
        CheckConstraint("factor >= 1", name="factor_from_one"),
    )

    valid_from: Mapped[date] = mapped_column(primary_key=True)
    from_tg_phi: Mapped[Decimal] = mapped_column(Numeric(8, 4), primary_key=True)
    factor: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    act: Mapped[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEquivalent:
    """An equivalent of a point of the account that is billed."""

    eic: str
    valid_from: date
    equivalent: Decimal
    act: str
    allowed_power_kw: Decimal | None


@dataclass(frozen=True, slots=True)
class MonthPrice:
    period: Period
    uah_per_kwh: Decimal
    act: str


@dataclass(frozen=True, slots=True)
class SurchargeFrom:
    valid_from: date
    surcharge: Surcharge
    act: str


@dataclass(frozen=True, slots=True)
class ReactiveRates:
    """What holds for all customers."""

    prices: Sequence[MonthPrice] = ()
    surcharges: Sequence[SurchargeFrom] = ()

    def price(self, period: Period) -> MonthPrice:
        """Return the price of a month.

        :raises ReactivePriceMissing:
        """
        for each in self.prices:
            if each.period == period:
                return each
        raise ReactivePriceMissing(period)

    def table(self, period: Period) -> Sequence[SurchargeFrom]:
        """Return the newest table that is in force on the first day of a month."""
        in_force = [each for each in self.surcharges if each.valid_from <= period.starts_on]
        newest = max((each.valid_from for each in in_force), default=None)
        return [each for each in in_force if each.valid_from == newest]


@dataclass(frozen=True, slots=True)
class AccountRates:
    """What holds for one account: whose points are charged, and with which equivalents."""

    rates: ReactiveRates
    equivalents: Sequence[PointEquivalent] = ()

    def equivalent(self, eic: str, period: Period) -> PointEquivalent | None:
        """Return the equivalent in force on the first day of a month; None: not charged."""
        of_point = (each for each in self.equivalents if each.eic == eic)
        in_force = (each for each in of_point if each.valid_from <= period.starts_on)
        return max(in_force, key=lambda each: each.valid_from, default=None)


NO_RATES: Final = AccountRates(ReactiveRates())
"""Nothing is charged."""


def sources_of(
    equivalent: PointEquivalent, price: MonthPrice, table: Sequence[SurchargeFrom]
) -> dict[str, Any]:
    """Return by what right the numbers of a line are what they are."""
    return {
        "equivalent_act": equivalent.act,
        "equivalent_from": equivalent.valid_from.isoformat(),
        "price_act": price.act,
        "surcharge_act": table[0].act if table else None,
    }
