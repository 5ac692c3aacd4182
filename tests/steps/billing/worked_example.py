"""The worked example of the field's facts (F2): three points, one of them with reactive energy."""

from datetime import date
from decimal import Decimal
from typing import Final

from app.database import Database
from app.models.billing.reactive_rates import (
    ReactiveEquivalent,
    ReactivePrice,
    ReactiveSurcharge,
)
from app.models.billing.tariff import Service, Tariff
from app.models.metering.metering_point import MeteringPoint
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)

ACT: Final = "NERC, example"
HUNDRED_KW: Final = Decimal(100)


async def set_example_tariffs(database: Database) -> None:
    async with database.begin() as session:
        for voltage_class, price in ((1, "488.10"), (2, "2752.18")):
            session.add(
                Tariff(
                    service=Service.DISTRIBUTION.value,
                    voltage_class=voltage_class,
                    valid_from=date(2026, 4, 1),
                    price_uah_per_mwh=Decimal(price),
                    act=ACT,
                )
            )


async def read(
    database: Database, company: Company, energy: dict[str, int], *, voltage_class: int = 2
) -> str:
    """Give an account a point that took so much in October 2026, and return its EIC.

    :param energy: kinds, each with its amount; the first is that of a register `1.8.0`.
    """
    meter = await create_meter(database, company.account)
    for place, (kind, amount) in enumerate(energy.items()):
        register = await create_register(database, meter, code=f"{1 + place}.8.0", energy=kind)
        await create_reading(database, register, period="2026-09", value="1000")
        await create_reading(database, register, period="2026-10", value=str(1000 + amount))
    async with database.begin() as session:
        key = company.organization.id, meter.metering_point_id
        point = await session.get_one(MeteringPoint, key)
        point.voltage_class, point.allowed_power_kw = voltage_class, HUNDRED_KW
        return point.eic


async def charge_reactive(database: Database, company: Company, eic: str) -> None:
    async with database.begin() as session:
        session.add(
            ReactiveEquivalent(
                organization_id=company.organization.id,
                account_id=company.account.id,
                eic=eic,
                valid_from=date(2026, 1, 1),
                equivalent=Decimal("0.0195"),
                act="annex 4",
            )
        )


async def set_reactive_price(
    database: Database, price: str = "5.43210", *, period: date = date(2026, 10, 1)
) -> None:
    async with database.begin() as session:
        await session.merge(ReactivePrice(period=period, uah_per_kwh=Decimal(price), act=ACT))


async def set_surcharge(database: Database, from_tg_phi: str, factor: str) -> None:
    async with database.begin() as session:
        session.add(
            ReactiveSurcharge(
                valid_from=date(2026, 1, 1),
                from_tg_phi=Decimal(from_tg_phi),
                factor=Decimal(factor),
                act="order 87/764",
            )
        )
