"""Registers to settle, and what their account comes to, told in few words."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.models.base import new_id
from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.energy.months import month_of
from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.register import Energy, Zone
from app.models.metering.settling.account import AccountSettlement, settle
from app.models.metering.settling.registers import RegisterToSettle, WrittenEstimate
from app.models.period import Period

POINT = new_id()
ACCOUNT = new_id()


def register(
    *values: str | None,
    first: str = "2026-01",
    estimated: Sequence[int] = (),
    multiplier: str = "1",
    digits: int = 6,
    decimals: int = 1,
    zone: Zone = Zone.TOTAL,
    energy: Energy = Energy.ACTIVE_IMPORT,
    meter_id: UUID | None = None,
    point_id: UUID = POINT,
    runs_from: date | None = None,
    runs_until: date | None = None,
    written: dict[date, WrittenEstimate] | None = None,
    in_review: Sequence[date] = (),
) -> RegisterToSettle:
    """Return a register read at the beginnings of months from `first` on; None is a missing one."""
    period = Period.parse(first)
    marks = [
        Mark(period.shifted(place).starts_on, Decimal(value), place not in estimated)
        for place, value in enumerate(values)
        if value is not None
    ]
    life = RegisterLife(
        marks=marks,
        scales=(Scale(date.min, digits, Decimal(multiplier)),),
        runs_from=runs_from,
        runs_until=runs_until,
    )
    return RegisterToSettle(
        metered=MeteredRegister(
            account_id=ACCOUNT,
            meter_id=meter_id or new_id(),
            register_id=new_id(),
            zone=zone,
            life=life,
        ),
        metering_point_id=point_id,
        voltage_class=2,
        energy=energy,
        decimals=decimals,
        written=written or {},
        in_review=in_review,
    )


def settle_periods(registers: Sequence[RegisterToSettle], *periods: str) -> AccountSettlement:
    months = [month_of(Period.parse(period).starts_on) for period in periods]
    return settle(registers, sorted(months))


def amounts(found: AccountSettlement) -> dict[str, list[int | None]]:
    """Return what each point is billed for, by period."""
    return {
        f"{month // 12}-{month % 12 + 1:02}": [point.amount for point in told.points]
        for month, told in sorted(found.months.items())
    }
