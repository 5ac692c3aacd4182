"""How items of a batch name their registers."""

from datetime import date

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_company, create_meter, create_register
from tests.steps.metering.batching import PAST, hand_in, of, outcomes, with_registers


async def test_registers_are_found_by_account_meter_and_code_or_by_point_and_code(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    [register] = await with_registers(database, company, 1)
    eic = await _eic(client, owner, company, register.id)

    response = await hand_in(
        client,
        owner,
        {
            "account_number": f" {company.account.account_number}",
            "meter_serial": company.meter.serial_number,
            "register_code": "1.8.0",
            "value": "1700",
        },
        {"eic": eic, "register_code": "1.8.0", "value": 1400},
    )

    assert outcomes(response) == ["recorded", "recorded"]
    assert [item["register_id"] for item in response.json()["items"]] == [
        str(company.register.id),
        str(register.id),
    ]


async def test_of_two_meters_of_a_point_the_one_that_runs_at_the_end_is_meant(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    async with database.begin() as transaction:
        old = await transaction.merge(company.meter)
        old.removed_on = date(2026, 11, 15)
    eic = await _eic(client, owner, company, company.register.id)
    new = await create_meter(database, company.account, installed_on=date(2026, 11, 15))
    async with database.begin() as transaction:
        moved = await transaction.merge(new)
        moved.metering_point_id = company.meter.metering_point_id
    register = await create_register(database, new)

    response = await hand_in(client, owner, {"eic": eic, "register_code": "1.8.0", "value": 12})

    assert outcomes(response) == ["recorded"]
    assert response.json()["items"][0]["register_id"] == str(register.id)


async def test_two_meters_that_both_run_are_ambiguous(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    [register] = await with_registers(database, company, 1)
    eic = await _eic(client, owner, company, company.register.id)
    async with database.begin() as transaction:
        meter = await transaction.get_one(
            type(company.meter), (register.organization_id, register.meter_id)
        )
        meter.metering_point_id = company.meter.metering_point_id

    response = await hand_in(client, owner, {"eic": eic, "register_code": "1.8.0", "value": 12})

    assert outcomes(response) == ["register_ambiguous"]


async def test_the_cabinet_shows_no_register_of_strangers(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    stranger = await create_company(database, history=PAST)
    await with_registers(database, stranger, 1)

    response = await hand_in(
        client,
        owner,
        of(stranger.register, 1400),
        {
            "account_number": stranger.account.account_number,
            "meter_serial": stranger.meter.serial_number,
            "register_code": "1.8.0",
            "value": "1400",
        },
        {"account_number": "no", "meter_serial": "1", "register_code": "1.8.0", "value": "1"},
        of(company.register, 1700),
        mode="independent",
    )

    assert outcomes(response) == [
        "register_not_found",
        "register_not_found",
        "account_number_invalid",
        "recorded",
    ]
    assert response.json()["items"][0]["register_id"] is None


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"eic": "62Z0000000000011"},
        {"register_code": "1.8.0"},
        {"account_number": "1", "register_code": "1.8.0"},
        {"eic": "62Z", "register_code": "1.8.0", "meter_serial": "1"},
    ],
)
async def test_an_item_names_its_register_in_one_way(
    client: AsyncClient, owner: SignedIn, address: dict[str, str]
) -> None:
    response = await hand_in(client, owner, {**address, "value": "1"})

    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "register_named_wrongly"
    assert response.json()["errors"][0]["pointer"].startswith("/items/0")


async def _eic(client: AsyncClient, owner: SignedIn, company: Company, register_id: object) -> str:
    response = await client.get(f"/v1/accounts/{company.account.id}", headers=owner.headers)
    for point in response.json()["metering_points"]:
        for meter in point["meters"]:
            if str(register_id) in {register["id"] for register in meter["registers"]}:
                found: str = point["eic"]
                return found
    raise AssertionError("the account has no such register")
