"""`run.py billing penalties`: proposed, confirmed once, and paid only when named or last."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.__main__ import cli
from app.database import Database
from app.models.billing.invoice import Invoice, InvoiceKind
from tests.factories.registry import Company, create_company
from tests.steps.billing.bill_runs import invoices
from tests.steps.billing.issuing import draft, issue
from tests.steps.billing.paying import pay, require_all_fits

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "act of 2026")
RATES = "valid_from,percent,act\n2020-01-01,15.5,NBU\n"


async def run(url: str, *words: str) -> Result:
    environment = {"DATABASE_URL": url}
    command = ["billing", "penalties", *words]
    return await asyncio.to_thread(CliRunner().invoke, cli, command, env=environment)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def late(database: Database, company: Company) -> Invoice:
    """Return an invoice that was paid 17 days too late, but for a hundred."""
    invoice = await issue(
        database,
        company,
        draft("31906.57"),
        issued_on=date(2024, 11, 5),
        due_on=date(2024, 11, 12),
    )
    await pay(database, company, 3_818_788, on=date(2024, 11, 30))
    return invoice


async def test_late_days_are_proposed_confirmed_and_never_charged_twice(
    url: str, database: Database, company: Company, late: Invoice, tmp_path: Path
) -> None:
    assert str(late.total) == "38287.88"
    until = ("--until", "2024-11-29")
    missing = await run(url, "propose", *until)
    assert missing.exit_code == 1
    assert "discount_rate_missing" in missing.stderr
    (tmp_path / "discount_rates.csv").write_text(RATES, encoding="utf-8")
    unnamed = await run(url, "rates", str(tmp_path))
    assert unnamed.exit_code != 0
    assert (await run(url, "rates", str(tmp_path), *BY)).exit_code == 0

    proposed = await run(url, "propose", *until, "--json")
    confirmed = await run(url, "confirm", late.number, *until, *BY)
    again = await run(url, "confirm", late.number, *until, *BY)
    later = await run(url, "propose", "--until", "2024-12-29", "--json")

    told = json.loads(proposed.stdout)
    assert told["items"] == [
        {
            "account_number": company.account.account_number,
            "number": late.number,
            "due_on": "2024-11-12",
            "until": "2024-11-29",
            "days": 17,
            "penalty": "552.81",
            "interest": "53.50",
            "total": "606.31",
        }
    ]
    assert confirmed.exit_code == 0, confirmed.output
    assert "606.31" in confirmed.stdout
    assert again.exit_code == 1
    assert "penalty_nothing_to_charge" in again.stderr
    # A hundred are still late, for thirty days more.
    [item] = json.loads(later.stdout)["items"]
    assert (item["days"], item["penalty"]) == (30, "2.55")
    [penalty] = [each for each in await invoices(database) if each.kind == InvoiceKind.PENALTY]
    assert (str(penalty.net), str(penalty.vat)) == ("606.31", "0.00")
    await require_all_fits(database, company)


async def test_a_day_that_is_not_over_is_refused(url: str, late: Invoice) -> None:
    result = await run(url, "confirm", late.number, "--until", "2190-01-01", *BY)

    assert result.exit_code == 1
    assert "penalty_day_invalid" in result.stderr
