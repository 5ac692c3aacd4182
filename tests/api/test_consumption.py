from decimal import Decimal
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import (
    Company,
    create_account,
    create_company,
    create_meter,
    create_reading,
    create_register,
)
from tests.fakes.clock import FrozenClock

SVG = "{http://www.w3.org/2000/svg}"


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
        await create_reading(database, register, period="2026-10", value=value, kind="estimated")
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
        "items": [
            {
                "period": "2026-10",
                "kwh": "100.000",
                "zones": {"total": "100.000"},
                "registers": None,
                "accounts": None,
                "is_estimated": False,
                "days": 31,
                "average_daily_kwh": "3.226",
                "previous_year_kwh": None,
                "change_percent": None,
            },
            {
                "period": "2026-11",
                "kwh": None,
                "zones": {},
                "registers": None,
                "accounts": None,
                "is_estimated": False,
                "days": 30,
                "average_daily_kwh": None,
                "previous_year_kwh": None,
                "change_percent": None,
            },
        ],
        "summary": {
            "total_kwh": "100.000",
            "average_monthly_kwh": "100.000",
            "peak_period": "2026-10",
            "zone_shares": {"total": "100.0"},
            "forecast_current_kwh": "97.826",
        },
    }


async def test_zones_multipliers_rollover_and_estimates_reach_the_wire(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await create_zones(database, company)

    response = await client.get(
        **consumption_of(company, from_="2026-10", to="2026-10"), headers=owner.headers
    )

    [october] = response.json()["items"]
    assert october["zones"] == {"total": "100.000", "day": "400.000", "night": "820.000"}
    assert (october["kwh"], october["is_estimated"]) == ("1320.000", True)
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


async def test_only_current_readings_count(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    for version, value, status in (
        (1, "1650.0", "superseded"),
        (2, "1690.0", "rejected"),
        (3, "1720.0", "in_review"),
    ):
        await create_reading(
            database,
            company.register,
            period="2026-11",
            value=value,
            version=version,
            status=status,
        )

    response = await client.get(**consumption_of(company, from_="2026-11"), headers=owner.headers)

    assert [month["kwh"] for month in response.json()["items"]] == ["120.000"]
    assert response.json()["summary"]["forecast_current_kwh"] == "120.000"


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

    # 1000 kWh in the 2191 days from May 2020 to April 2026, of which April has 30.
    [april] = response.json()["items"]
    assert (april["kwh"], april["is_estimated"]) == ("13.693", True)


async def test_the_whole_cabinet_adds_its_accounts_up(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    friend = await create_company(database, history={"2026-09": "0", "2026-10": "300"})
    async with database.begin() as session:
        session.add(link(friend, linked_by=company.organization.id))
    await create_account(database, company.organization)

    response = await client.get(
        "/v1/consumption?from=2026-10&to=2026-10&group_by=account", headers=owner.headers
    )

    [october] = response.json()["items"]
    assert october["kwh"] == "400.000"
    assert october["accounts"] == {
        str(company.account.id): "100.000",
        str(friend.account.id): "300.000",
    }
    assert (october["zones"], october["registers"]) == (None, None)


async def test_an_account_that_is_not_in_the_cabinet_does_not_exist(
    client: AsyncClient, owner: SignedIn, company: Company, stranger: SignedIn, database: Database
) -> None:
    unlinked = await create_account(database, company.organization)

    codes = set()
    for headers, account_id in (
        (stranger.headers, company.account.id),
        (owner.headers, unlinked.id),
        (owner.headers, uuid4()),
        (owner.headers, "no-uuid"),
    ):
        for picture in ("", "/chart.svg"):
            response = await client.get(
                f"/v1/accounts/{account_id}/consumption{picture}", headers=headers
            )
            codes.add((response.status_code, response.json()["code"]))

    assert codes == {(404, "not_found")}
    assert (await client.get("/v1/consumption", headers=stranger.headers)).json()["summary"][
        "total_kwh"
    ] is None


async def test_an_ended_link_shows_nothing_any_more(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database, clock: FrozenClock
) -> None:
    async with database.begin() as session:
        await session.execute(
            text("UPDATE account_links SET ended_at = :now"), {"now": clock.now()}
        )

    one = await client.get(**consumption_of(company), headers=owner.headers)
    every = await client.get("/v1/consumption", headers=owner.headers)

    assert one.status_code == 404
    assert every.json()["summary"]["total_kwh"] is None


@pytest.mark.parametrize("path", ["/v1/accounts/{id}/consumption", "/v1/consumption"])
async def test_nothing_is_shown_before_ownership_is_proven_or_after_the_session(
    path: str,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    clock: FrozenClock,
) -> None:
    company = await create_company(database)
    pending = await sign_in(database, access_tokens, company, is_proven=False)
    viewer = await sign_in(database, access_tokens, await create_company(database), role="viewer")
    url = path.format(id=company.account.id)

    refused = await client.get(url, headers=pending.headers)
    async with database.begin() as session:
        await session.execute(text("UPDATE sessions SET ended_at = :now"), {"now": clock.now()})
    ended = await client.get(url, headers=viewer.headers)
    nobody = await client.get(url)

    assert (refused.status_code, refused.json()["code"]) == (403, "ownership_pending")
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "token_rejected")


@pytest.mark.parametrize("span", ["from=2026-11&to=2026-10", "from=2010-01", "from=2027-01"])
@pytest.mark.parametrize("path", ["", "/chart.svg"])
async def test_a_span_must_make_sense(
    span: str, path: str, client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption{path}?{span}", headers=owner.headers
    )

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "range_invalid")
    assert [error["parameter"] for error in problem["errors"]] == ["from"]


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("from=2026-13", "from", "period_invalid"),
        ("to=26-1", "to", "period_invalid"),
        ("energy=heat", "energy", "invalid_value"),
        ("group_by=account", "group_by", "invalid_value"),
        ("form=2026-01", "form", "unknown_field"),
    ],
)
async def test_a_parameter_nobody_understands_is_refused(
    query: str, parameter: str, code: str, client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption?{query}", headers=owner.headers
    )

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["parameter"], error["code"]) == (parameter, code)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("uk", "Споживання електроенергії, кВт·год"),
        ("en", "Electricity consumption, kWh"),
        ("ru", "Потребление электроэнергии, кВт·ч"),
    ],
)
async def test_a_picture_tells_the_months_in_the_callers_language(
    language: str,
    title: str,
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    database: Database,
) -> None:
    await create_zones(database, company)

    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption/chart.svg",
        headers=owner.headers | {"Accept-Language": language},
    )

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    picture = ET.fromstring(response.text)  # noqa: S314 - our own answer
    assert picture.findtext(f"{SVG}title") == title
    assert len(picture.findall(f"{SVG}g")) == 13
    # Six months of one register, and in October two zones on top of it.
    assert len(picture.findall(f"{SVG}g/{SVG}rect")) == 8


async def test_a_long_or_empty_picture_is_a_picture_too(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/accounts/{company.account.id}/consumption/chart.svg"

    decade = await client.get(f"{url}?from=2017-01&to=2026-10", headers=owner.headers)
    empty = await client.get(f"{url}?to=2020-01&energy=reactive_export", headers=owner.headers)

    ET.fromstring(decade.text)  # noqa: S314 - our own answer
    picture = ET.fromstring(empty.text)  # noqa: S314 - our own answer
    assert picture.findtext(f"{SVG}desc") == "січень 2019 – січень 2020. Показань немає."


@pytest.mark.committing
async def test_a_lost_connection_costs_one_request(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    async with database.connect() as lost, database.connect() as other:
        pid = await lost.scalar(text("SELECT pg_backend_pid()"))
        await other.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": pid})

    answers = [
        (await client.get(**consumption_of(company), headers=owner.headers)).status_code
        for _ in range(4)
    ]

    assert sorted(answers) == [200, 200, 200, 503]
