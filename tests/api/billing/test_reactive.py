"""Reactive energy on the bill: the worked example to the kopiyka, explained and corrected."""

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.billing.invoice import InvoiceKind, InvoiceLine
from app.models.money import Money
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_account,
    create_meter,
    create_organization,
)
from tests.steps.billing.bill_runs import OCTOBER, bill, invoices, settle
from tests.steps.billing.paying import pay, require_all_fits
from tests.steps.billing.schedules import issue_instalments, schedule
from tests.steps.billing.worked_example import (
    charge_reactive,
    read,
    set_example_tariffs,
    set_reactive_price,
    set_surcharge,
)

REACTIVE = {"active_import": 250_000, "reactive_import": 1850, "reactive_export": 120}


@pytest.mark.committing
async def test_the_worked_example_is_billed_to_the_kopiyka(
    client: AsyncClient, database: Database, owner: SignedIn, example: Company
) -> None:
    await schedule(database, example, (5, Money(10_000_000)), (15, Money(6_000_000)))
    await issue_instalments(database)
    await pay(database, example, 16_000_000)
    await settle(database, OCTOBER)

    run = await bill(database, account_number=example.account.account_number)

    assert run.problems == []
    listed = (await client.get("/v1/invoices?kind=final", headers=owner.headers)).json()["items"]
    [final] = listed
    assert (final["net"], final["vat"], final["total"]) == ("165239.90", "33047.98", "198287.88")
    assert (final["paid"], final["outstanding"]) == ("160000.00", "38287.88")
    path = f"/v1/accounts/{example.account.id}/balance"
    balance = (await client.get(path, headers=owner.headers)).json()
    assert (balance["to_pay"], balance["prepaid"]) == ("38287.88", "0.00")
    shown = (await client.get(f"/v1/invoices/{final['id']}", headers=owner.headers)).json()
    nets = sorted((each["code"], each["net"]) for each in shown["lines"])
    assert nets == [
        ("distribution", "122025.00"),
        ("distribution", "34347.21"),
        ("distribution", "8633.59"),
        ("reactive", "234.10"),
    ]
    await require_all_fits(database, example)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["(1,850 + 3 × 120) kvarh", "tg φ = 1,850 kvarh / 250,000 kWh = 0.0074", "annex 4"]),
        ("uk", ["(1 850 + 3 × 120) кВАр·год", "tg φ", "надбавка 97,98 грн", "annex 4"]),
        ("ru", ["(1 850 + 3 × 120) кВАр·ч", "tg φ", "надбавка 97,98 грн", "annex 4"]),
    ],
)
async def test_the_fee_is_explained_from_its_inputs(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    example: Company,
    language: str,
    told: list[str],
) -> None:
    assert example.account.account_number
    await set_surcharge(database, "0.5", "3")
    await set_surcharge(database, "0.007", "1.5")
    await settle(database, OCTOBER)
    await bill(database)
    [final] = (await client.get("/v1/invoices", headers=owner.headers)).json()["items"]

    headers = owner.headers | {"Accept-Language": language}
    shown = (await client.get(f"/v1/invoices/{final['id']}", headers=headers)).json()

    [line] = [each for each in shown["lines"] if each["code"] == "reactive"]
    assert line["net"] == "332.08"
    said = " ".join(each["text"] for each in shown["explanation"]).replace("\xa0", " ")
    for each in told:
        assert each in said


@pytest.mark.committing
async def test_another_price_of_a_billed_month_is_billed_by_a_correction_once(
    database: Database, example: Company
) -> None:
    await settle(database, OCTOBER)
    await bill(database)
    for price in ("10.86420", "5.43210"):
        await set_reactive_price(database, price)
        assert (await bill(database)).documents == 1
        assert (await bill(database)).documents == 0

    corrections = [each for each in await invoices(database) if each.kind == InvoiceKind.CORRECTIVE]
    assert [str(each.net) for each in corrections] == ["234.09", "-234.09"]
    async with database.begin() as session:
        lines = await session.scalars(select(InvoiceLine).where(InvoiceLine.code == "reactive"))
        assert {line.basis["billed"] for line in lines} == {"0.00", "234.10", "468.19"}
    await require_all_fits(database, example)


async def test_a_month_without_a_price_is_not_billed_and_said_so(
    database: Database, company: Company
) -> None:
    await set_example_tariffs(database)
    await charge_reactive(database, company, await read(database, company, REACTIVE))
    await settle(database, OCTOBER)

    run = await bill(database)

    assert [each.code for each in run.problems] == ["reactive_price_missing"]
    await set_reactive_price(database)
    assert (await bill(database)).documents == 1


@pytest.fixture
async def company(database: Database) -> Company:
    """Return a company whose points are those that a test gives it."""
    organization = await create_organization(database)
    account = await create_account(database, organization)
    return Company(organization, account, await create_meter(database, account))


@pytest.fixture
async def example(database: Database, company: Company) -> Company:
    """Return the company of the example: its points A and B of class 2, and C of class 1."""
    await set_example_tariffs(database)
    await read(database, company, {"active_import": 12_480})
    await read(database, company, {"active_import": 3137})
    eic = await read(database, company, REACTIVE, voltage_class=1)
    await charge_reactive(database, company, eic)
    await set_reactive_price(database)
    return company
