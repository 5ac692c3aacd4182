from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_meter, create_register


async def test_the_form_tells_all_that_two_clicks_need(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/accounts/{company.account.id}/reading-form"

    response = await client.get(url, headers=owner.headers)

    assert response.status_code == 200
    assert response.json() == {
        "account_id": str(company.account.id),
        "period": "2026-11",
        "window": {
            "period": "2026-11",
            "opens_at": "2026-11-28T22:00:00Z",
            "closes_at": "2026-12-03T22:00:00Z",
            "state": "open",
        },
        "may_submit": True,
        "registers": [
            {
                "register_id": str(company.register.id),
                "meter_id": str(company.meter.id),
                "meter_serial": company.meter.serial_number,
                "eic": response.json()["registers"][0]["eic"],
                "code": "1.8.0",
                "energy": "active_import",
                "zone": "total",
                "digits": 6,
                "decimals": 1,
                "multiplier": "1",
                "is_remote": False,
                "removed_on": None,
                "refusal": None,
                "previous": {
                    "value": "1600.000",
                    "taken_on": "2026-11-01",
                    "period": "2026-10",
                    "kind": "actual",
                },
                "expected": {"low": "1646.800", "high": "1745.000"},
                "submitted": None,
            }
        ],
    }


async def test_the_form_shows_what_has_been_handed_in(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/accounts/{company.account.id}"
    body = {"readings": [{"register_id": str(company.register.id), "value": "1700"}]}
    submitted = await client.post(f"{url}/readings", json=body, headers=owner.headers)

    form = (await client.get(f"{url}/reading-form", headers=owner.headers)).json()

    assert form["registers"][0]["submitted"] == submitted.json()["items"][0]


async def test_a_register_without_a_past_expects_nothing(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    await create_register(database, await create_meter(database, company.account))
    url = f"/v1/accounts/{company.account.id}/reading-form"

    registers = (await client.get(url, headers=owner.headers)).json()["registers"]

    assert [(each["previous"] is None, each["expected"]) for each in registers][1] == (True, None)


async def test_readings_are_listed_newest_first_in_stretches(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/accounts/{company.account.id}/readings"

    values, cursor = [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(url, params=query, headers=owner.headers)).json()
        values += [(item["period"], item["consumption_kwh"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert values == [
        ("2026-10", "100.000"),
        ("2026-09", "100.000"),
        ("2026-08", "100.000"),
        ("2026-07", "100.000"),
        ("2026-06", "100.000"),
        ("2026-05", "100.000"),
        ("2026-04", None),
    ]


async def test_the_list_can_be_narrowed(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/accounts/{company.account.id}/readings"

    some = await client.get(f"{url}?from=2026-06&to=2026-07", headers=owner.headers)
    none = await client.get(f"{url}?register_id={uuid4()}", headers=owner.headers)
    bad = await client.get(f"{url}?from=June", headers=owner.headers)

    assert [item["period"] for item in some.json()["items"]] == ["2026-07", "2026-06"]
    assert none.json() == {"items": [], "next_cursor": None}
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["pointer"] == "from"


@pytest.mark.parametrize("limit", [0, 201, "x"])
async def test_a_stretch_has_its_limits(
    client: AsyncClient, owner: SignedIn, company: Company, limit: object
) -> None:
    url = f"/v1/accounts/{company.account.id}/readings?limit={limit}"

    assert (await client.get(url, headers=owner.headers)).status_code == 422


async def test_a_strangers_eyes_see_nothing(
    client: AsyncClient, owner: SignedIn, stranger: SignedIn, company: Company
) -> None:
    account = f"/v1/accounts/{company.account.id}"
    body = {"readings": [{"register_id": str(company.register.id), "value": "1700"}]}
    submitted = (await client.post(f"{account}/readings", json=body, headers=owner.headers)).json()
    absent = f"/v1/accounts/{uuid4()}"

    for path in (
        f"{account}/readings",
        f"{account}/reading-form",
        f"{absent}/readings",
        f"{absent}/reading-form",
        f"/v1/readings/{submitted['items'][0]['id']}",
        f"/v1/readings/{uuid4()}",
        f"/v1/reading-receipts/{submitted['receipt_id']}",
        f"/v1/reading-receipts/{uuid4()}",
        "/v1/readings/not-an-id",
    ):
        response = await client.get(path, headers=stranger.headers)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
