"""A month is billed once, from its settled energy, and what changes later is billed beside it."""

from datetime import date

import pytest
from sqlalchemy import select

from app.database import Database
from app.errors import NotFound
from app.models.audit_event import AuditEvent
from app.models.billing.actions import BillingAction
from app.models.billing.invoice import InvoiceKind, InvoiceLine
from app.models.metering.reading import Reading
from app.models.period import Period
from tests.factories.registry import Company, create_company, create_reading
from tests.steps.billing.bill_runs import (
    IN_DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    invoices,
    set_tariff,
    settle,
)
from tests.steps.billing.posting import balances, entries, owed_by

HISTORY = {"2026-08": "1000", "2026-09": "1500", "2026-10": "2500"}


async def a_company(database: Database, **changes: str) -> Company:
    return await create_company(database, history=HISTORY | changes)


async def lines_of(database: Database) -> list[InvoiceLine]:
    async with database.begin() as session:
        return list(await session.scalars(select(InvoiceLine).order_by(InvoiceLine.net)))


@pytest.mark.committing
async def test_a_settled_month_is_billed_at_its_tariff(database: Database) -> None:
    company = await a_company(database)
    await set_tariff(database, "1691.32", date(2026, 1, 1))
    await set_tariff(database)
    await settle(database, OCTOBER)

    run = await bill(database)

    [invoice] = await invoices(database)
    assert (str(invoice.net), str(invoice.vat), str(invoice.total)) == (
        "1694.44",
        "338.89",
        "2033.33",
    )
    assert (invoice.number, invoice.kind) == ("2026-10-000001", InvoiceKind.FINAL)
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 11, 5), date(2026, 11, 12))
    assert (run.documents, run.total) == (1, invoice.total)
    assert (await balances(database))[owed_by(company).id] == invoice.total
    assert await balances(database) == await entries(database)
    [line] = await lines_of(database)
    assert line.basis["tariff"] == {
        "voltage_class": 2,
        "price_uah_per_mwh": "1694.44",
        "valid_from": "2026-04-01",
        "act": "NERC, example",
    }
    [register] = line.basis["registers"]
    assert (register["opening"], register["closing"], register["kwh"]) == ("1500", "2500", "1000")


async def test_a_dry_run_tells_the_same_and_keeps_nothing(database: Database) -> None:
    await a_company(database)
    await set_tariff(database)
    await settle(database, OCTOBER)

    told = await bill(database, dry_run=True)

    assert await invoices(database) == []
    assert await balances(database) == {}
    run = await bill(database)
    assert (told.documents, told.total) == (run.documents, run.total) == (1, run.total)


async def test_what_is_run_again_issues_nothing_new(database: Database) -> None:
    await a_company(database)
    await set_tariff(database)
    await settle(database, OCTOBER)
    first = await bill(database)

    again = await bill(database)

    assert (first.documents, again.documents) == (1, 0)
    assert len(await invoices(database)) == 1


@pytest.mark.parametrize(
    ("value", "net", "kind"), [("2400", "-169.44", "less"), ("2600", "169.44", "more")]
)
@pytest.mark.committing
async def test_what_changes_later_is_billed_by_a_correction(
    database: Database, value: str, net: str, kind: str
) -> None:
    company = await a_company(database)
    await set_tariff(database)
    await settle(database, OCTOBER)
    await bill(database)
    async with database.begin() as session:
        [reading] = await session.scalars(
            select(Reading).where(
                Reading.register_id == company.register.id, Reading.period == date(2026, 10, 1)
            )
        )
        reading.status = "superseded"
        company.register.revision += 1
        await session.merge(company.register)
    await create_reading(database, company.register, period="2026-10", value=value, version=2)
    await create_reading(database, company.register, period="2026-11", value="3000")
    await settle(database, NOVEMBER, IN_DECEMBER)

    run = await bill(database, NOVEMBER, IN_DECEMBER)

    first, *later = await invoices(database)
    assert {each.kind for each in later} == {InvoiceKind.FINAL, InvoiceKind.CORRECTIVE}, kind
    [corrective] = [each for each in later if each.kind == InvoiceKind.CORRECTIVE]
    assert (str(corrective.net), corrective.corrects_id) == (net, first.id)
    assert Period.containing(corrective.period or date.min) == OCTOBER
    assert (run.documents, (await bill(database, NOVEMBER, IN_DECEMBER)).documents) == (2, 0)
    assert await balances(database) == await entries(database)


async def test_a_month_without_a_tariff_is_not_billed_and_said_so(database: Database) -> None:
    company = await a_company(database)
    await settle(database, OCTOBER)

    run = await bill(database)

    assert (run.accounts, run.documents, run.refused) == (1, 0, 1)
    [problem] = run.problems
    assert (problem.account_number, problem.code) == (
        company.account.account_number,
        "tariff_missing",
    )
    await set_tariff(database)
    assert (await bill(database)).documents == 1


async def test_a_month_that_nobody_can_tell_is_not_billed(database: Database) -> None:
    await a_company(database, **{"2026-10": "900"})
    await set_tariff(database)
    await settle(database, OCTOBER)

    run = await bill(database)

    assert [each.code for each in run.problems] == ["energy_unknown"]
    assert await invoices(database) == []


async def test_one_account_is_billed_alone(database: Database) -> None:
    company, _ = await a_company(database), await a_company(database)
    await set_tariff(database)
    await settle(database, OCTOBER)

    await bill(database, account_number=company.account.account_number)

    assert [each.account_id for each in await invoices(database)] == [company.account.id]
    assert (await bill(database)).documents == 1


async def test_an_account_that_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(NotFound):
        await bill(database, account_number="404404")


async def test_each_invoice_stands_in_the_companys_audit_trail(database: Database) -> None:
    company = await a_company(database)
    await set_tariff(database)
    await settle(database, OCTOBER)
    await bill(database)

    [invoice] = await invoices(database)
    async with database.begin() as session:
        [event] = await session.scalars(
            select(AuditEvent).where(
                AuditEvent.organization_id == company.organization.id,
                AuditEvent.action == BillingAction.INVOICE_ISSUED.value,
            )
        )
    assert event.subject_id == invoice.id
    assert event.details["reason"] == "monthly bills"
