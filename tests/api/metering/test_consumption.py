from decimal import Decimal
from typing import Any

from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)

OCTOBER: dict[str, Any] = {
    "period": "2026-10",
    "kwh": "100.000",
    "amount": "100.000",
    "unit": "kWh",
    "zones": {"total": "100.000"},
    "registers": None,
    "accounts": None,
    "is_estimated": False,
    "estimated_amount": "0.000",
    "is_complete": True,
    "findings": [],
    "days": 31,
    "average_daily_kwh": "3.226",
    "previous_year_kwh": None,
    "change_percent": None,
}
NOVEMBER: dict[str, Any] = {
    "period": "2026-11",
    "kwh": None,
    "amount": None,
    "unit": "kWh",
    "zones": {},
    "registers": None,
    "accounts": None,
    "is_estimated": False,
    "estimated_amount": None,
    "is_complete": False,
    "findings": [
        {
            "code": "reading_missing",
            "detail": "Відомі ще не всі показання за цей місяць.",
        }
    ],
    "days": 30,
    "average_daily_kwh": None,
    "previous_year_kwh": None,
    "change_percent": None,
}


def consumption_of(company: Company, **parameters: Any) -> dict[str, Any]:
    return {
        "url": f"/v1/accounts/{company.account.id}/consumption",
        "params": {name.rstrip("_"): value for name, value in parameters.items()},
    }


async def create_zones(database: Database, company: Company) -> list[str]:
    """Give the account a second meter, with a day and a night register read twice."""
    meter = await create_meter(database, company.account)
    ids = []
    for code, zone, value in (("1.8.1", "day", "9.5"), ("1.8.2", "night", "20.0")):
        register = await create_register(
            database, meter, code=code, zone=zone, multiplier=Decimal(40)
        )
        await create_reading(database, register, period="2026-09", value="999999.5")
        await create_reading(database, register, period="2026-10", value=value)
        ids.append(str(register.id))
    return ids


async def test_an_account_sees_what_it_consumed(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await client.get(
        **consumption_of(company, from_="2026-10", to="2026-11"), headers=owner.headers
    )

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "from": "2026-10",
        "to": "2026-11",
        "energy": "active_import",
        "group_by": "zone",
        "items": [OCTOBER, NOVEMBER],
        "summary": {
            "total_kwh": "100.000",
            "average_monthly_kwh": "100.000",
            "peak_period": "2026-10",
            "zone_shares": {"total": "100.0"},
            "forecast_current_kwh": "97.826",
        },
    }


async def test_zones_multipliers_and_a_passed_zero_reach_the_wire(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await create_zones(database, company)

    response = await client.get(
        **consumption_of(company, from_="2026-10", to="2026-10"), headers=owner.headers
    )

    [october] = response.json()["items"]
    assert october["zones"] == {"total": "100.000", "day": "400.000", "night": "820.000"}
    assert (october["kwh"], october["is_complete"]) == ("1320.000", True)
    assert response.json()["summary"]["zone_shares"] == {
        "total": "7.6",
        "day": "30.3",
        "night": "62.1",
    }


async def test_months_are_divided_by_register_or_by_nothing(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    day, night = await create_zones(database, company)
    october = {"from_": "2026-10", "to": "2026-10"}

    by_register = await client.get(
        **consumption_of(company, **october, group_by="register"), headers=owner.headers
    )
    total = await client.get(
        **consumption_of(company, **october, group_by="total"), headers=owner.headers
    )

    [divided], [whole] = by_register.json()["items"], total.json()["items"]
    assert divided["registers"] == {
        str(company.register.id): "100.000",
        day: "400.000",
        night: "820.000",
    }
    assert divided["zones"] is None
    assert [whole[parts] for parts in ("zones", "registers", "accounts")] == [None] * 3
    assert whole["kwh"] == divided["kwh"] == "1320.000"


async def test_each_kind_of_energy_is_told_apart(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    reactive = await create_register(
        database, company.meter, code="3.8.0", energy="reactive_import"
    )
    await create_reading(database, reactive, period="2026-09", value="5")
    await create_reading(database, reactive, period="2026-10", value="12")

    response = await client.get(
        **consumption_of(company, energy="reactive_import"), headers=owner.headers
    )
    exported = await client.get(
        **consumption_of(company, energy="active_export"), headers=owner.headers
    )

    assert response.json()["summary"]["total_kwh"] == "7.000"
    assert exported.json()["summary"] == {
        "total_kwh": None,
        "average_monthly_kwh": None,
        "peak_period": None,
        "zone_shares": {},
        "forecast_current_kwh": None,
    }


async def test_only_accepted_readings_count(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    for version, value, status in (
        (1, "1650.0", "superseded"),
        (2, "1690.0", "rejected"),
        (3, "999720.0", "in_review"),
    ):
        await create_reading(
            database,
            company.register,
            period="2026-11",
            value=value,
            version=version,
            status=status,
        )
    in_review = await client.get(**consumption_of(company, from_="2026-11"), headers=owner.headers)

    await create_reading(database, company.register, period="2026-11", value="1720.0", version=4)
    accepted = await client.get(**consumption_of(company, from_="2026-11"), headers=owner.headers)

    assert [month["kwh"] for month in in_review.json()["items"]] == [None]
    assert [month["kwh"] for month in accepted.json()["items"]] == ["120.000"]
    assert accepted.json()["summary"]["forecast_current_kwh"] == "120.000"


async def test_an_estimate_that_was_too_high_leaves_no_trace(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await create_reading(
        database, company.register, period="2026-11", value="1820.0", kind="estimated"
    )
    await create_reading(database, company.register, period="2026-12", value="1661.0")

    response = await client.get(
        **consumption_of(company, from_="2026-11", to="2026-12"), headers=owner.headers
    )

    # 61 kWh in 61 days.
    november, december = response.json()["items"]
    assert (november["kwh"], november["estimated_amount"]) == ("30.000", "30.000")
    assert (december["kwh"], december["is_complete"]) == ("31.000", True)


async def test_a_fall_is_no_energy_whichever_months_are_asked_for(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    # What a year takes decides whether the register passed zero, also when only one month is
    # asked for.
    register = await create_register(database, company.meter, code="2.8.0", energy="active_export")
    for period, value in {
        "2024-01": "989800.0",
        "2024-02": "989900.0",
        "2024-03": "990000.0",
        "2024-04": "990100.0",
        "2026-04": "899500.0",
    }.items():
        await create_reading(database, register, period=period, value=value)
    await create_reading(database, register, period="2026-05", value="899400.0")

    response = await client.get(
        **consumption_of(company, from_="2026-04", to="2026-06", energy="active_export"),
        headers=owner.headers | {"Accept-Language": "en"},
    )

    april, may, june = response.json()["items"]
    assert april["kwh"] is None
    assert may["findings"] == [
        {
            "code": "register_fell",
            "detail": "The register shows less than before. The energy stays unknown until the "
            "operator checks the readings.",
        }
    ]
    assert [finding["code"] for finding in june["findings"]] == ["reading_missing"]


async def test_unasked_the_answer_is_a_year_and_the_running_month(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    answer = (await client.get(**consumption_of(company), headers=owner.headers)).json()

    assert (answer["from"], answer["to"], len(answer["items"])) == ("2025-11", "2026-11", 13)


async def test_a_reading_long_before_the_months_asked_for_opens_them(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await create_reading(database, company.register, period="2020-04", value="0.0")

    response = await client.get(
        **consumption_of(company, from_="2026-04", to="2026-04"), headers=owner.headers
    )

    # 1000 kWh in the 2191 days from May 2020 to April 2026, of which April has 30; the other
    # months' shares are cut to 0.001, and April, the last one, takes the rest.
    [april] = response.json()["items"]
    assert (april["kwh"], april["is_estimated"]) == ("13.738", True)
