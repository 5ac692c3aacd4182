"""Addresses of pictures that an `<img>` can show."""

from datetime import timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_account
from tests.fakes.clock import FrozenClock

TITLE = "{http://www.w3.org/2000/svg}title"
LIFE = timedelta(minutes=15)


def path_of(company: Company) -> str:
    return f"/v1/accounts/{company.account.id}/consumption"


async def made(
    client: AsyncClient, owner: SignedIn, company: Company, **body: object
) -> dict[str, Any]:
    response = await client.post(
        f"{path_of(company)}/chart-links",
        json=body,
        headers=owner.headers | {"Accept-Language": "en"},
    )
    assert response.status_code == 201, response.text
    link: dict[str, Any] = response.json()
    return link


async def test_an_address_shows_what_the_member_sees_without_a_sign_in(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    span = {"from": "2026-01", "to": "2026-10"}
    link = await made(client, owner, company, **span, theme="dark")
    drawn = await client.get(
        f"{path_of(company)}/chart.svg",
        params=span | {"theme": "dark"},
        headers=owner.headers | {"Accept-Language": "en"},
    )

    shown = await client.get(link["url"])

    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/svg+xml"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.text == drawn.text
    assert ET.fromstring(shown.text).findtext(TITLE) == "Electricity consumption, kWh"  # noqa: S314 - our own answer


async def test_without_a_wish_it_is_the_chart_of_the_last_year_on_light_paper(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    made_of_nothing = await client.post(f"{path_of(company)}/chart-links", headers=owner.headers)
    drawn = await client.get(f"{path_of(company)}/chart.svg", headers=owner.headers)

    assert made_of_nothing.status_code == 201, made_of_nothing.text
    assert (await client.get(made_of_nothing.json()["url"])).text == drawn.text


async def test_an_address_ends_after_its_minutes(
    client: AsyncClient, owner: SignedIn, company: Company, clock: FrozenClock
) -> None:
    link = await made(client, owner, company)
    expected = (clock.now() + LIFE).isoformat().replace("+00:00", "Z")

    clock.advance(LIFE - timedelta(seconds=1))
    last_moment = await client.get(link["url"])
    clock.advance(timedelta(seconds=1))
    over = await client.get(link["url"])

    assert link["expires_at"] == expected
    assert last_moment.status_code == 200
    assert (over.status_code, over.json()["code"]) == (404, "chart_link_invalid")


async def test_an_address_ends_with_the_session(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    link = await made(client, owner, company)

    await client.delete("/v1/sessions/current", headers=owner.headers)
    shown = await client.get(link["url"])

    assert (shown.status_code, shown.json()["code"]) == (404, "chart_link_invalid")


async def test_an_address_ends_with_the_link_to_the_account(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database, clock: FrozenClock
) -> None:
    link = await made(client, owner, company)
    async with database.begin() as transaction:
        await transaction.execute(
            text("UPDATE account_links SET ended_at = :now"), {"now": clock.now()}
        )

    shown = await client.get(link["url"])

    assert (shown.status_code, shown.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("touched", ["", "A", "AAAA", "not base64 §", "A" * 400])
async def test_an_address_that_somebody_made_up_opens_nothing(
    touched: str, client: AsyncClient
) -> None:
    shown = await client.get("/v1/consumption/chart.svg", params={"token": touched})

    assert (shown.status_code, shown.json()["code"]) == (404, "chart_link_invalid")


async def test_no_letter_of_an_address_can_be_changed_and_no_fact_be_read(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = (await made(client, owner, company))["url"]
    address, token = url.split("token=")

    refused = set()
    for place in range(0, len(token), 7):
        other = "B" if token[place] == "A" else "A"
        changed = await client.get(f"{address}token={token[:place]}{other}{token[place + 1 :]}")
        refused.add((changed.status_code, changed.json()["code"]))

    assert refused == {(404, "chart_link_invalid")}
    for secret in (str(company.account.id), str(company.organization.id)):
        assert secret not in url


async def test_a_stranger_gets_no_address(
    client: AsyncClient, stranger: SignedIn, owner: SignedIn, company: Company, database: Database
) -> None:
    unlinked = await create_account(database, company.organization)

    answers = [
        await client.post(
            f"/v1/accounts/{account}/consumption/chart-links", json={}, headers=who.headers
        )
        for who, account in (
            (stranger, company.account.id),
            (owner, unlinked.id),
            (owner, uuid4()),
        )
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"theme": "sepia"}, "validation_failed"),
        ({"from": "2026-13"}, "validation_failed"),
        ({"from": "2026-10", "to": "2026-01"}, "range_invalid"),
        ({"colour": "red"}, "validation_failed"),
        ([], "validation_failed"),
    ],
)
async def test_a_wrong_wish_is_refused_when_the_address_is_made(
    body: object, code: str, client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    refused = await client.post(f"{path_of(company)}/chart-links", json=body, headers=owner.headers)

    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_only_a_picture_that_follows_the_screen_may_have_a_style_sheet(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url = f"{path_of(company)}/chart.svg"

    auto = await client.get(f"{url}?theme=auto", headers=owner.headers)
    light = await client.get(url, headers=owner.headers)

    assert auto.headers["content-security-policy"] == (
        "style-src 'unsafe-inline'; default-src 'none'; sandbox"
    )
    assert "<style>" in auto.text
    assert "<style>" not in light.text
    assert light.headers["content-security-policy"] == "default-src 'none'; sandbox"
