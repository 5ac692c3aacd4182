from datetime import date
from decimal import Decimal

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)
from tests.steps.metering.submitting import shows, submit


async def test_a_surprising_value_wants_to_be_confirmed(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    refused = await submit(client, owner, company, shows(company, "1800"))
    confirmed = await submit(client, owner, company, shows(company, "1800"), confirm_unusual=True)

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "reading_unusual")
    assert [finding["code"] for finding in problem["findings"]] == ["high_consumption"]
    assert problem["findings"][0]["detail"]
    expected = problem["expected"][0]
    assert expected["register_id"] == str(company.register.id)
    assert Decimal(1600) < Decimal(expected["low"]) < Decimal(expected["high"]) < Decimal(1800)
    reading = confirmed.json()["items"][0]
    assert (confirmed.status_code, reading["status"]) == (201, "accepted")
    assert [finding["code"] for finding in reading["findings"]] == ["high_consumption"]


async def test_a_value_far_out_is_looked_at_by_somebody(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await submit(client, owner, company, shows(company, "9000"), confirm_unusual=True)

    assert (response.status_code, response.json()["items"][0]["status"]) == (201, "in_review")


@pytest.mark.parametrize(
    ("value", "finding"), [("1600", "zero_consumption"), ("1610", "low_consumption")]
)
async def test_too_little_is_surprising_too(
    client: AsyncClient, owner: SignedIn, company: Company, value: str, finding: str
) -> None:
    response = await submit(client, owner, company, shows(company, value))

    assert response.json()["code"] == "reading_unusual"
    assert [found["code"] for found in response.json()["findings"]] == [finding]


async def test_a_register_may_pass_zero(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    register = await create_register(
        database, company.meter, code="2.8.0", energy="active_export", digits=5, multiplier=40
    )
    await create_reading(database, register, period="2026-10", value="99990")
    reading = {"register_id": str(register.id), "value": "15"}

    refused = await submit(client, owner, company, reading)
    confirmed = await submit(client, owner, company, reading, confirm_unusual=True)

    assert [found["code"] for found in refused.json()["findings"]] == ["rollover_suspected"]
    assert confirmed.json()["items"][0]["consumption_kwh"] == "1000.000"
    assert confirmed.json()["consumption_kwh"] is None


async def test_a_meter_past_its_verification_is_pointed_out(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    meter = await create_meter(database, company.account, verification_due_on=date(2026, 11, 1))
    register = await create_register(database, meter)

    response = await submit(client, owner, company, {"register_id": str(register.id), "value": "1"})

    assert [found["code"] for found in response.json()["findings"]] == ["verification_overdue"]


async def test_a_forgotten_zone_is_pointed_out(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    meter = await create_meter(database, company.account)
    day = await create_register(database, meter, code="1.8.1", zone="day")
    night = await create_register(database, meter, code="1.8.2", zone="night")
    shown_by_day = {"register_id": str(day.id), "value": "10"}
    shown_by_night = {"register_id": str(night.id), "value": "5"}

    alone = await submit(client, owner, company, shown_by_day)
    both = await submit(client, owner, company, shown_by_day, shown_by_night)

    assert [found["code"] for found in alone.json()["findings"]] == ["zones_incomplete"]
    assert both.status_code == 201
    assert both.json()["receipt_id"]
