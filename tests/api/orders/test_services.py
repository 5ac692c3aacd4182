"""The catalogue of services: what anybody sees, and what a load changes."""

from datetime import UTC, datetime

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import refusal
from tests.steps.orders.catalogue import DEFAULT, changed, load

SERVICES = "/v1/services"


async def test_an_empty_catalogue_is_an_empty_list(client: AsyncClient) -> None:
    assert (await client.get(SERVICES)).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("language", "title"),
    [("uk", "Заміна лічильника"), ("en", "Replacement of a meter"), ("ru", "Замена счетчика")],
)
async def test_anybody_sees_what_can_be_ordered(
    client: AsyncClient, database: Database, language: str, title: str
) -> None:
    await load(database)

    listed = await client.get(SERVICES, headers={"Accept-Language": language})
    one = (
        await client.get(f"{SERVICES}/meter_replace", headers={"Accept-Language": language})
    ).json()

    items = listed.json()["items"]
    offered = [each["code"] for each in DEFAULT["services"] if not each["is_made_by_staff"]]
    assert [each["code"] for each in items] == offered
    assert one == items[0]
    assert one["title"] == title
    assert one["fee"]["amount"] == "1800.00"
    assert one["deadline"]["days"] == 5
    assert one["form"]["additionalProperties"] is False
    assert isinstance(one["form"]["properties"]["reason"]["oneOf"][0]["title"], str)
    assert one["compensation"] is None


async def test_the_compensation_is_that_of_a_company(
    client: AsyncClient, database: Database
) -> None:
    await load(database)

    one = (await client.get(f"{SERVICES}/bill_check", headers={"Accept-Language": "en"})).json()

    assert one["compensation"] == {
        "amount": "400.00",
        "currency": "UAH",
        "repeat_days": None,
        "basis": {"act": "NERC resolution 375 of 12.06.2018", "clause": "3.3.3"},
    }


async def test_what_is_not_offered_is_refused(
    client: AsyncClient, database: Database, clock: FrozenClock
) -> None:
    await load(database, changed("seal", valid_to="2026-12-15"))

    unknown = await client.get(f"{SERVICES}/teleport")
    malformed = await client.get(f"{SERVICES}/Seal")
    offered = await client.get(f"{SERVICES}/seal")
    clock.moment = datetime(2026, 12, 14, 22, 0, tzinfo=UTC)
    closed = await client.get(f"{SERVICES}/seal")

    assert refusal(unknown) == (404, "service_not_found")
    assert malformed.status_code == 404
    assert offered.status_code == 200
    assert refusal(closed) == (409, "service_closed")
    assert closed.json()["offered_until"] == "2026-12-15"
    codes = [each["code"] for each in (await client.get(SERVICES)).json()["items"]]
    assert "seal" not in codes


async def test_a_load_changes_what_differs_and_the_same_twice_is_once(database: Database) -> None:
    first = await load(database)
    again = await load(database)
    raised = await load(database, changed("seal", has_appointment=False))

    assert len(first.added) == len(again.same) == 23
    assert (first.same, again.added, again.changed) == ((), (), ())
    assert raised.changed == ("seal",)
    assert "seal" in first.examples


async def test_a_change_of_tomorrow_holds_from_tomorrow(
    client: AsyncClient, database: Database, clock: FrozenClock
) -> None:
    await load(database)
    title = {"uk": "Пломби", "en": "Seals", "ru": "Пломбы"}
    await load(database, changed("seal", valid_from="2026-12-01", title=title))

    today = (await client.get(f"{SERVICES}/seal", headers={"Accept-Language": "en"})).json()
    clock.moment = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    tomorrow = (await client.get(f"{SERVICES}/seal", headers={"Accept-Language": "en"})).json()

    assert (today["version"], today["title"]) == (1, "Sealing or unsealing")
    assert (tomorrow["version"], tomorrow["title"]) == (2, "Seals")
