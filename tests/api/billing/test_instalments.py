"""Instalments are asked for by the schedule; the final invoice asks for what they leave."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.billing.books import Book
from app.models.billing.invoice import InvoiceKind
from app.models.billing.payment_terms import PaymentForm
from app.models.money import Money
from app.models.period import Period
from app.repositories.billing.instalments import InstalmentRepository
from app.services.billing.instalments import InstalmentService
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_company, create_reading
from tests.fakes.clock import FrozenClock
from tests.steps.billing.bill_runs import OCTOBER, bill, invoices, set_tariff, settle
from tests.steps.billing.issuing import key_of, paid_of
from tests.steps.billing.paying import pay, require_all_fits
from tests.steps.billing.posting import balances
from tests.steps.billing.schedules import issue_instalments, schedule

HISTORY = {"2025-09": "500", "2025-10": "1000", "2026-09": "1500", "2026-10": "2500"}
FIRST, SECOND = Money(100000), Money(60000)


async def planned(database: Database) -> list[tuple[str, str]]:
    return [
        (str(each.total), each.number)
        for each in await invoices(database)
        if each.kind == InvoiceKind.PLANNED
    ]


async def advances_of(database: Database, company: Company) -> Money:
    found = await balances(database)
    return -found.get(Book.advances(*key_of(company)).id, Money(0))


@pytest.mark.committing
async def test_the_final_invoice_asks_for_what_the_instalments_leave(database: Database) -> None:
    company = await create_company(database, history=HISTORY)
    await set_tariff(database)
    await schedule(database, company, (5, FIRST), (15, SECOND))

    run = await issue_instalments(database)

    assert (run.documents, run.total) == (2, Money(160000))
    assert (await issue_instalments(database)).documents == 0
    assert await planned(database) == [
        ("1000.00", "2026-10-000001"),
        ("600.00", "2026-10-000002"),
    ]
    first, second = await invoices(database)
    assert (first.issued_on, first.due_on) == (date(2026, 10, 20), date(2026, 10, 27))
    assert await balances(database) == {}, "an instalment earns nothing"
    await pay(database, company, 160000)
    assert await advances_of(database, company) == Money(160000)
    await settle(database, OCTOBER)
    await bill(database)

    [final] = [each for each in await invoices(database) if each.kind == InvoiceKind.FINAL]
    assert await paid_of(database, final.id) == (Money(160000), Money(203333))
    assert await paid_of(database, second.id) == (SECOND, SECOND)
    assert await advances_of(database, company) == Money(0)
    await require_all_fits(database, company)
    assert (await issue_instalments(database)).documents == 0, "the month is billed"


@pytest.mark.committing
async def test_instalments_beyond_the_months_energy_stay_an_advance(database: Database) -> None:
    company = await create_company(database, history=HISTORY)
    await set_tariff(database)
    await schedule(database, company, (5, Money(250000)))
    await issue_instalments(database)
    await pay(database, company, 250000)
    await settle(database, OCTOBER)

    await bill(database)

    [final] = [each for each in await invoices(database) if each.kind == InvoiceKind.FINAL]
    assert await paid_of(database, final.id) == (Money(203333), Money(203333))
    assert await advances_of(database, company) == Money(250000 - 203333)
    await require_all_fits(database, company)


async def test_an_instalment_that_nobody_paid_gives_way_to_the_final_invoice(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await set_tariff(database)
    await schedule(database, company, (5, FIRST))
    await issue_instalments(database)
    await settle(database, OCTOBER)
    await bill(database)

    listed = await client.get("/v1/invoices", headers=owner.headers)

    states = {each["kind"]: each["status"] for each in listed.json()["items"]}
    assert states == {"planned": "cancelled", "final": "overdue"}
    balance = await client.get("/v1/balance", headers=owner.headers)
    assert balance.json()["to_pay"] == "203.33"


@pytest.mark.parametrize(("declared", "kwh"), [(None, "250"), (400, "200")])
async def test_a_part_of_the_plan_is_of_what_was_declared_or_of_last_year(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    declared: int | None,
    kwh: str,
) -> None:
    for period, value in (("2025-09", "500"), ("2025-10", "1000")):
        await create_reading(database, company.register, period=period, value=value)
    await set_tariff(database)
    await settle(database, Period(2025, 10))
    await schedule(database, company, (5, Decimal(50)))
    if declared is not None:
        async with database.begin() as transaction:
            plans = InstalmentRepository(transaction)
            [point] = await plans.plan(key_of(company), OCTOBER) or []
            await plans.declare(key_of(company), {(OCTOBER, point.eic): declared})

    assert (await issue_instalments(database)).documents == 1

    listed = (await client.get("/v1/invoices", headers=owner.headers)).json()["items"]
    path = f"/v1/invoices/{listed[0]['id']}"
    for language, word in (("en", "Planned payment"), ("uk", "Планова"), ("ru", "Плановая")):
        headers = owner.headers | {"Accept-Language": language}
        shown = (await client.get(path, headers=headers)).json()
        [line] = shown["lines"]
        assert (line["code"], line["quantity"]) == ("planned", kwh)
        assert word in line["description"]
        assert kwh in shown["explanation"][0]["text"]


async def test_a_plan_that_nobody_knows_is_named_and_tried_again(database: Database) -> None:
    company = await create_company(database, history={"2026-10": "100"})
    await set_tariff(database)
    await schedule(database, company, (5, Decimal(50)))

    run = await issue_instalments(database)

    assert [(each.account_number, each.code) for each in run.problems] == [
        (company.account.account_number, "plan_unknown")
    ]
    assert await planned(database) == []
    service = InstalmentService(
        database=database, clock=FrozenClock(datetime(2026, 10, 20, 8, tzinfo=UTC))
    )
    assert await service.issue_due() == 0


async def test_a_prepaid_month_is_asked_for_before_it_begins(database: Database) -> None:
    company = await create_company(database)
    await schedule(database, company, (15, FIRST), form=PaymentForm.PREPAYMENT)

    assert (await issue_instalments(database)).documents == 2
    assert [each.period for each in await invoices(database)] == [
        date(2026, 10, 1),
        date(2026, 11, 1),
    ]


async def test_a_dry_run_keeps_nothing(database: Database) -> None:
    company = await create_company(database)
    await schedule(database, company, (5, FIRST))

    told = await issue_instalments(database, dry_run=True)

    assert (told.documents, told.total) == (1, FIRST)
    assert await invoices(database) == []


async def test_members_see_how_their_account_pays(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    path = f"/v1/accounts/{company.account.id}/payment-terms"
    before = (await client.get(path, headers=owner.headers)).json()
    assert (before["form"], before["due_days"], before["instalments"]) == ("actual", 5, [])
    await schedule(database, company, (30, FIRST), (15, Decimal("37.50")))

    shown = (await client.get(path, headers=owner.headers)).json()

    assert shown["form"] == "planned"
    first, second = shown["instalments"]
    assert (first["amount"], first["percent"]) == ("1000.00", None)
    assert (second["amount"], second["percent"]) == (None, "37.5")
    assert first["since"] == "2026-10"
    assert first["next"]["period"] == "2026-12"
    assert first["next"]["issue_on"] == "2026-12-30"
    assert first["next"]["due_on"] == "2027-01-06"
