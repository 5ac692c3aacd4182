"""`run.py statements`: what an operator types, and what they read."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from app.cli.statements import statements as commands
from app.database import Database
from app.models.money import Money
from tests.adapters.bank_statements.camt_files import document, entry, payment, statement
from tests.factories.registry import create_company
from tests.steps.billing.issuing import paid_of
from tests.steps.payments.paying import owing

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "daily statement")


async def run(url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, commands, list(arguments), env={"DATABASE_URL": url}
    )


def written(path: Path, *entries: str, total: str) -> str:
    file = path / "statement.xml"
    file.write_bytes(document(statement(*entries, opening="0.00", closing=total)))
    return str(file)


async def test_a_statement_is_loaded_listed_assigned_and_taken_back(
    url: str, database: Database, tmp_path: Path
) -> None:
    company = await create_company(database)
    invoice = await owing(database, company)
    told = payment(purpose=f"<Ustrd>рах. {invoice.number}</Ustrd>", tax_id="11223344")
    file = written(tmp_path, entry("120.00", told), total="120.00")

    loaded = await run(url, "load", file, "--json", *BY)
    again = await run(url, "load", file, *BY)
    listed = await run(url, "list", "--unmatched", "--json")
    shown = await run(url, "list")
    (line,) = json.loads(listed.stdout)
    assigned = await run(url, "assign", line["id"], "--invoice", invoice.number, *BY)

    assert json.loads(loaded.stdout)["added"] == 1
    assert "loaded before" in again.stdout
    assert (line["rule"], line["amount"]) == ("third_party", "120.00")
    assert shown.exit_code == 0
    assert company.account.account_number in assigned.stdout
    assert (await paid_of(database, invoice.id))[0] == Money(12000)

    taken = await run(url, "unassign", line["id"], *BY)
    assert taken.exit_code == 0
    assert (await paid_of(database, invoice.id))[0] == Money(0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("load", "nothing.xml", *BY), "Nothing was loaded"),
        (("load", "nothing.xml"), "Say who does this"),
        (("assign", "7", "--account", "1", *BY), "not one of"),
        (("assign", str(uuid4()), *BY), "either --invoice or --account"),
        (("assign", str(uuid4()), "--account", "1", *BY), "statement_line_not_found"),
        (("unassign", str(uuid4()), *BY), "statement_line_not_found"),
    ],
)
async def test_a_mistake_is_told_in_a_sentence(
    url: str, database: Database, arguments: tuple[str, ...], told: str
) -> None:
    assert database is not None
    result = await run(url, *arguments)

    assert result.exit_code != 0
    assert told in result.output


async def test_a_wrong_statement_is_refused_with_its_reason(
    url: str, database: Database, tmp_path: Path
) -> None:
    assert database is not None
    result = await run(url, "load", written(tmp_path, entry("1.00"), total="2.00"), *BY)

    assert result.exit_code != 0
    assert "totals_differ" in result.output
