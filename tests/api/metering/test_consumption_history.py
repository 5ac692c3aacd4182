"""Consumption where meters, multipliers and owners changed."""

from datetime import date
from decimal import Decimal
from typing import Any

from httpx import AsyncClient

from app.database import Database
from app.models.metering.metering_point import MeteringPoint
from app.models.metering.register_scale import RegisterScale
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)

OCTOBER = {"from": "2026-10", "to": "2026-10"}


async def shown(client: AsyncClient, owner: SignedIn, company: Company) -> dict[str, Any]:
    """Return what October took, of energy that went out."""
    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption",
        params=OCTOBER | {"energy": "active_export"},
        headers=owner.headers,
    )
    [month] = response.json()["items"]
    return {name: month[name] for name in ("kwh", "is_estimated", "is_complete")}


async def test_both_parts_of_an_exchange_count_and_one_alone_is_incomplete(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    day = date(2026, 10, 15)
    old = await create_meter(database, company.account, removed_on=day)
    new = await create_meter(database, company.account, installed_on=day)
    before = await create_register(database, old, energy="active_export")
    after = await create_register(database, new, energy="active_export", multiplier=Decimal(60))
    await create_reading(database, before, period="2026-09", value="100")
    await create_reading(
        database, before, period="2026-10", value="140", read_on=day, event="removed"
    )
    await create_reading(database, after, period="2026-10", value="7")
    alone = await shown(client, owner, company)

    await create_reading(
        database, after, period="2026-10", value="5", read_on=day, event="installed"
    )
    both = await shown(client, owner, company)

    assert alone == {"kwh": "40.000", "is_estimated": False, "is_complete": False}
    assert both == {"kwh": "160.000", "is_estimated": False, "is_complete": True}


async def test_a_new_multiplier_counts_from_its_day(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    register = await create_register(
        database, company.meter, code="2.8.0", energy="active_export", multiplier=Decimal(50)
    )
    async with database.begin() as transaction:
        for valid_from, multiplier in ((date(2025, 1, 1), 30), (date(2026, 11, 1), 50)):
            transaction.add(
                RegisterScale(
                    organization_id=register.organization_id,
                    register_id=register.id,
                    valid_from=valid_from,
                    digits=6,
                    decimals=1,
                    multiplier=Decimal(multiplier),
                    zone="total",
                )
            )
    await create_reading(database, register, period="2026-09", value="0")
    await create_reading(database, register, period="2026-10", value="10")

    october = await shown(client, owner, company)

    assert october == {"kwh": "300.000", "is_estimated": False, "is_complete": True}


async def test_a_tenure_begins_with_the_value_of_its_day(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    day = date(2026, 10, 10)
    meter = await create_meter(database, company.account)
    register = await create_register(database, meter, energy="active_export")
    async with database.begin() as transaction:
        point = await transaction.get_one(
            MeteringPoint, (meter.organization_id, meter.metering_point_id)
        )
        point.valid_from = day
    await create_reading(
        database, register, period="2026-10", value="1000", read_on=day, event="control"
    )
    await create_reading(database, register, period="2026-10", value="1022")

    october = await shown(client, owner, company)

    assert october == {"kwh": "22.000", "is_estimated": False, "is_complete": True}


async def test_a_month_counts_for_the_zone_of_its_days(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    register = await create_register(
        database, company.meter, code="2.8.0", energy="active_export", zone="day"
    )
    async with database.begin() as transaction:
        for valid_from, zone in ((date(2025, 1, 1), "total"), (date(2026, 10, 1), "day")):
            transaction.add(
                RegisterScale(
                    organization_id=register.organization_id,
                    register_id=register.id,
                    valid_from=valid_from,
                    digits=6,
                    decimals=1,
                    multiplier=Decimal(1),
                    zone=zone,
                )
            )
    for period, value in (("2026-08", "0"), ("2026-09", "10"), ("2026-10", "30")):
        await create_reading(database, register, period=period, value=value)

    answer = await client.get(
        f"/v1/accounts/{company.account.id}/consumption",
        params={"from": "2026-09", "to": "2026-10", "energy": "active_export"},
        headers=owner.headers,
    )

    zones = [month["zones"] for month in answer.json()["items"]]
    assert zones == [{"total": "10.000"}, {"day": "20.000"}]
