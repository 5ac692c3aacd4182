"""`run.py billing issue`: what an operator types, and what they read."""

import asyncio
import json

import pytest
from typer.testing import CliRunner, Result

from app.cli.billing import billing as commands
from app.database import Database
from app.models.billing.payment_terms import due_on
from tests.factories.registry import create_company
from tests.steps.billing.bill_runs import OCTOBER, invoices, set_tariff, settle

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "monthly bills")


async def run(url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, commands, list(arguments), env={"DATABASE_URL": url}
    )


@pytest.fixture
async def account_number(database: Database) -> str:
    company = await create_company(database, history={"2026-09": "1000", "2026-10": "2000"})
    await set_tariff(database)
    await settle(database, OCTOBER)
    return company.account.account_number


async def test_a_month_is_shown_issued_and_not_issued_again(
    url: str, database: Database, account_number: str
) -> None:
    dry = await run(url, "issue", "2026-10", "--dry-run")
    issued = await run(url, "issue", "2026-10", *BY, "--json")
    again = await run(url, "issue", "2026-10", "--account", account_number, *BY)

    assert [each.exit_code for each in (dry, issued, again)] == [0, 0, 0], issued.output
    assert account_number in dry.stdout
    assert "dry run" in dry.stdout
    told = json.loads(issued.stdout)
    assert (told["documents"], told["total"], told["currency"]) == (1, "2033.33", "UAH")
    assert told["items"][0]["number"] == "2026-10-000001"
    assert "0 documents" in again.stdout
    assert len(await invoices(database)) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("issue", "2026-13", *BY), "not written YYYY-MM"),
        (("issue", "2026-10"), "Say who does this"),
        (("dispute", "2026-10-000404", *BY), "invoice_not_found"),
        (("dispute", "2026-10-000404"), "Say who does this"),
        (("issue", "2026-10", "--account", "404404", *BY), "not_found"),
    ],
)
async def test_a_mistake_is_told_in_a_sentence(
    url: str, database: Database, arguments: tuple[str, ...], told: str
) -> None:
    refused = await run(url, *arguments)

    assert refused.exit_code != 0
    assert told in refused.output
    assert "Traceback" not in refused.output
    assert await invoices(database) == []


async def test_a_contract_may_give_more_days(
    url: str, database: Database, account_number: str
) -> None:
    changed = await run(url, "terms", account_number, "--due-days", "10", *BY)
    again = await run(url, "terms", account_number, "--due-days", "10", *BY)
    beyond = await run(url, "terms", account_number, "--due-days", "61", *BY)
    nobody = await run(url, "terms", "404404", "--due-days", "10", *BY)
    await run(url, "issue", "2026-10", *BY)

    assert (changed.exit_code, again.exit_code) == (0, 0), changed.output
    assert "due in 10 working days" in changed.stdout
    assert "nothing was changed" in again.stdout
    assert (beyond.exit_code, nobody.exit_code) == (2, 1)
    [invoice] = await invoices(database)
    assert invoice.due_on == due_on(invoice.issued_on, 10)
