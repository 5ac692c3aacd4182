"""What the running month will come to: the forecast of consumption at the month's tariff."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from app.access import LinkScope
from app.database import Database
from tests.factories.people import SignedIn, link
from tests.factories.registry import Company, create_meter, create_register
from tests.steps.billing.bill_runs import set_tariff


async def forecast(
    client: AsyncClient, who: SignedIn, company: Company, status: int = 200
) -> dict[str, Any]:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/bill-forecast",
        headers=who.headers | {"Accept-Language": "en"},
    )
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_the_running_month_is_told_line_by_line(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await set_tariff(database)
    consumption = await client.get(
        f"/v1/accounts/{company.account.id}/consumption", headers=owner.headers
    )
    expected = Decimal(consumption.json()["summary"]["forecast_current_kwh"])

    told = await forecast(client, owner, company)

    kwh = expected.to_integral_value(ROUND_HALF_UP)
    net = (kwh * Decimal("1.69444")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    [line] = told["lines"]
    assert (line["quantity"], line["price"], line["net"]) == (str(kwh), "1.69444", str(net))
    assert "November 2026" in line["description"]
    assert (told["period"], told["net"], told["currency"]) == ("2026-11", str(net), "UAH")
    assert Decimal(told["net"]) + Decimal(told["vat"]) == Decimal(told["total"])
    assert (told["is_complete"], told["unknown"]) == (True, [])


async def test_what_cannot_be_told_is_named(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    without_tariff = await forecast(client, owner, company)
    await create_register(database, await create_meter(database, company.account))
    await set_tariff(database)
    without_history = await forecast(client, owner, company)

    assert [each["code"] for each in without_tariff["unknown"]] == ["tariff_missing"]
    assert (without_tariff["lines"], without_tariff["total"]) == ([], "0.00")
    assert [each["code"] for each in without_history["unknown"]] == ["consumption_unknown"]
    assert len(without_history["lines"]) == 1
    assert without_history["is_complete"] is False
    assert "too few readings" in without_history["unknown"][0]["detail"]


async def test_a_stranger_learns_nothing(
    client: AsyncClient, company: Company, stranger: SignedIn
) -> None:
    assert (await forecast(client, stranger, company, 404))["code"] == "not_found"


@pytest.mark.usefixtures("partners_owner")
async def test_a_link_that_shows_no_bills_forecasts_none(
    client: AsyncClient, database: Database, owner: SignedIn, partner: Company
) -> None:
    async with database.begin() as transaction:
        scope = LinkScope.READINGS
        transaction.add(link(partner, linked_by=owner.member.organization_id, scope=scope))

    assert (await forecast(client, owner, partner, 403))["code"] == "link_scope_missing"
