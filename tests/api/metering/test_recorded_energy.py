"""The energy that lists, single readings and receipts show: by the one rule."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.metering.register import Register
from app.models.metering.register_scale import RegisterScale
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)


@pytest.fixture
async def register(database: Database, company: Company) -> Register:
    meter = await create_meter(database, company.account)
    return await create_register(database, meter, digits=5, multiplier=Decimal(40))


async def listed(
    client: AsyncClient, owner: SignedIn, company: Company, register: Register
) -> list[dict[str, Any]]:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/readings",
        params={"register_id": str(register.id)},
        headers=owner.headers,
    )
    items: list[dict[str, Any]] = response.json()["items"]
    for item in items:
        alone = await client.get(f"/v1/readings/{item['id']}", headers=owner.headers)
        assert alone.json() == item
    return items


@pytest.mark.parametrize(
    ("values", "energies"),
    [
        (["99990", "15"], ["1000.000", None]),  # it passed zero
        (["1820", "1800"], [None, None]),  # it fell
        (["1800", "1820"], ["800.000", None]),
        (["99900", "99950", "99990", "15"], ["1000.000", "1600.000", "2000.000", None]),
        (
            ["500", "800", "10", "40", "80", "120", "7"],
            [None, "1600.000", "1600.000", "1200.000", None, "12000.000", None],
        ),
    ],
)
async def test_energy_is_what_the_rule_says(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    register: Register,
    values: list[str],
    energies: list[str | None],
) -> None:
    for place, value in enumerate(values):
        await create_reading(database, register, period=f"2026-{place + 4:02}", value=value)

    items = await listed(client, owner, company, register)

    assert [item["consumption_kwh"] for item in items] == energies


async def test_estimates_count_until_somebody_reads_the_register(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    for period, value, kind in (
        ("2026-06", "100", "actual"),
        ("2026-07", "150", "estimated"),
        ("2026-08", "120", "actual"),
        ("2026-09", "130", "estimated"),
        ("2026-10", "145", "estimated"),
    ):
        await create_reading(database, register, period=period, value=value, kind=kind)

    items = await listed(client, owner, company, register)

    assert [item["consumption_kwh"] for item in items] == [
        "600.000",
        "400.000",
        "800.000",
        None,
        None,
    ]


async def test_a_new_multiplier_leaves_the_past_alone(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    for period, value in (("2026-08", "100"), ("2026-09", "110"), ("2026-10", "120")):
        await create_reading(database, register, period=period, value=value)
    async with database.begin() as transaction:
        transaction.add_all(
            RegisterScale(
                organization_id=register.organization_id,
                register_id=register.id,
                valid_from=day,
                digits=5,
                decimals=1,
                multiplier=Decimal(multiplier),
                zone="total",
            )
            for day, multiplier in ((date(2025, 1, 1), 20), (date(2026, 10, 1), 40))
        )

    items = await listed(client, owner, company, register)

    assert [item["consumption_kwh"] for item in items] == ["400.000", "200.000", None]


async def test_values_of_any_day_are_listed_with_their_event(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    first, checked = date(2026, 9, 7), date(2026, 10, 20)
    await create_reading(
        database, register, period="2026-09", value="0", read_on=first, event="installed"
    )
    await create_reading(database, register, period="2026-09", value="10")
    await create_reading(
        database, register, period="2026-10", value="15", read_on=checked, event="control"
    )
    await create_reading(database, register, period="2026-10", value="20")

    items = await listed(client, owner, company, register)

    assert [(item["event"], item["read_on"], item["consumption_kwh"]) for item in items] == [
        ("periodic", "2026-11-01", "200.000"),
        ("control", "2026-10-20", "200.000"),
        ("periodic", "2026-10-01", "400.000"),
        ("installed", "2026-09-07", None),
    ]
