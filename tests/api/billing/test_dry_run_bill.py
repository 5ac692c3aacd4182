"""A dry run of readings tells the bill: that of the forecast, and of the invoice that follows."""

from datetime import UTC, datetime
from typing import Any

from httpx import AsyncClient

from app.access import LinkScope
from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)
from tests.steps.billing.bill_runs import NOVEMBER, bill, set_tariff, settle
from tests.steps.metering.submitting import shows, submit

IN_DECEMBER = datetime(2026, 12, 20, 8, 0, tzinfo=UTC)


def sums(told: dict[str, Any]) -> tuple[str, str, str, list[tuple[str, str]]]:
    lines = sorted((each["eic"], each["quantity"]) for each in told["lines"])
    return told["net"], told["vat"], told["total"], lines


async def dry_run(
    client: AsyncClient, who: SignedIn, company: Company, value: str = "1723.4"
) -> dict[str, Any]:
    response = await submit(client, who, company, shows(company, value), dry_run=True)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_the_bill_of_a_dry_run_is_that_of_the_forecast_and_of_the_invoice(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await set_tariff(database)

    told = (await dry_run(client, owner, company))["bill"]

    await submit(client, owner, company, shows(company, "1723.4"))
    path = f"/v1/accounts/{company.account.id}/bill-forecast"
    forecast = (await client.get(path, headers=owner.headers)).json()
    assert (told["period"], told["is_complete"]) == ("2026-11", True)
    assert sums(told) == sums(forecast)
    await settle(database, NOVEMBER, IN_DECEMBER)
    await bill(database, NOVEMBER, IN_DECEMBER)
    [item] = (await client.get("/v1/invoices", headers=owner.headers)).json()["items"]
    invoice = (await client.get(f"/v1/invoices/{item['id']}", headers=owner.headers)).json()
    assert sums(told) == sums(invoice)
    assert told["lines"][0]["quantity"] == "123"


async def test_points_that_were_not_read_are_forecast(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await set_tariff(database)
    other = await create_register(database, await create_meter(database, company.account))
    for month, value in enumerate(("100", "150", "200", "250"), start=7):
        await create_reading(database, other, period=f"2026-{month:02}", value=value)

    told = (await dry_run(client, owner, company))["bill"]

    quantities = {each["quantity"] for each in told["lines"]}
    # Fifty a month, whose days are one more or fewer.
    assert quantities == {"123", "49"}


async def test_nothing_is_told_of_bills_to_whoever_sees_none(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    partner: Company,
) -> None:
    await set_tariff(database)
    metering = await sign_in(database, access_tokens, company, role="metering")
    assert (await dry_run(client, metering, company))["bill"] is None

    await sign_in(database, access_tokens, partner)
    await create_reading(database, partner.register, period="2026-10", value="1600")
    async with database.begin() as transaction:
        scope = LinkScope.READINGS
        transaction.add(link(partner, linked_by=owner.member.organization_id, scope=scope))
    assert (await dry_run(client, owner, partner))["bill"] is None


async def test_what_is_handed_in_carries_no_bill(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    new = await submit(client, owner, company, shows(company, "1700"))
    again = await submit(client, owner, company, shows(company, "1700"))

    assert "bill" not in new.json()
    assert again.json()["bill"] is None
