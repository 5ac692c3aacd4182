"""What an account's settlements show, and to whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.steps.metering.settling import add_reading, settle_all
from tests.steps.metering.submitting import shows, submit

NOVEMBER_IS_OPEN = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)


async def settlements(
    client: AsyncClient, who: SignedIn, company: Company, **query: object
) -> dict[str, Any]:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/settlements",
        params={name.removesuffix("_"): str(value) for name, value in query.items()},
        headers=who.headers,
    )
    body: dict[str, Any] = response.json()
    return body | {"status_code": response.status_code}


async def test_a_settled_period_tells_its_registers_and_what_is_billed(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await settle_all(database, NOVEMBER_IS_OPEN)

    body = await settlements(client, owner, company, from_="2026-10", to="2026-10")

    assert body["items"] == [
        {
            "period": "2026-10",
            "status": "settled",
            "version": 1,
            "settled_at": "2026-11-04T08:00:00Z",
            "kwh": "100.000",
            "is_estimated": False,
            "registers": [
                {
                    "register_id": str(company.register.id),
                    "opening": "1500.000",
                    "closing": "1600.000",
                    "kind": "actual",
                    "estimate_method": None,
                    "months_unread": 0,
                    "kwh": "100.000",
                }
            ],
            "metering_points": [
                {
                    "eic": body["items"][0]["metering_points"][0]["eic"],
                    "energy": "active_import",
                    "unit": "kWh",
                    "voltage_class": 2,
                    "amount": "100.000",
                    "difference": "100.000",
                    "is_estimated": False,
                }
            ],
            "invoice_ids": [],
        }
    ]


async def test_periods_come_newest_first_and_open_ones_are_there(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await settle_all(database, NOVEMBER_IS_OPEN)

    items = (await settlements(client, owner, company))["items"]

    # The first value is that of 1 May 2026: with it the account begins.
    assert [(item["period"], item["status"], item["kwh"]) for item in items] == [
        ("2026-11", "open", None),
        ("2026-10", "settled", "100.000"),
        ("2026-09", "settled", "100.000"),
        ("2026-08", "settled", "100.000"),
        ("2026-07", "open", None),
        ("2026-06", "open", None),
        ("2026-05", "open", None),
    ]


async def test_pages_follow_each_other(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    seen: list[str] = []
    query: dict[str, object] = {"limit": 3}
    for _ in range(4):
        body = await settlements(client, owner, company, **query)
        items = body["items"]
        seen += [item["period"] for item in items]
        if body["next_cursor"] is None:
            break
        query["cursor"] = body["next_cursor"]

    assert seen == [f"2026-{month:02}" for month in range(11, 4, -1)]


async def test_a_correction_is_shown_with_its_difference(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await settle_all(database, NOVEMBER_IS_OPEN)
    await add_reading(database, company, period="2026-10", value="1590", version=2)
    await settle_all(database, NOVEMBER_IS_OPEN + timedelta(hours=1))

    body = await settlements(client, owner, company, from_="2026-10", to="2026-10")

    [item] = body["items"]
    assert (item["status"], item["version"], item["kwh"]) == ("corrected", 2, "90.000")
    assert item["metering_points"][0]["difference"] == "-10.000"


async def test_an_account_without_any_value_has_no_periods(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    empty = await settlements(client, owner, company, from_="2020-01", to="2020-12")

    assert (empty["items"], empty["next_cursor"]) == ([], None)


async def test_a_range_that_ends_before_it_begins_is_refused(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    body = await settlements(client, owner, company, from_="2026-10", to="2026-09")

    assert (body["status_code"], body["code"]) == (422, "range_invalid")


async def test_a_cursor_of_another_span_is_refused(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    first = await settlements(client, owner, company, limit=1)

    body = await settlements(client, owner, company, cursor=first["next_cursor"], from_="2026-06")

    assert (body["status_code"], body["code"]) == (422, "cursor_invalid")


async def test_strangers_learn_nothing(
    client: AsyncClient, company: Company, stranger: SignedIn
) -> None:
    body = await settlements(client, stranger, company)

    assert (body["status_code"], body["code"]) == (404, "not_found")


async def test_a_settled_period_takes_no_more_values_though_its_window_is_open(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    # Settled by a worker whose clock is ahead: in the client's the window of November is open.
    await settle_all(database)

    refused = await submit(client, owner, company, shows(company, "1700"))

    assert (refused.status_code, refused.json()["code"]) == (409, "reading_period_settled")
