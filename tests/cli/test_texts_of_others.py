"""What customers, payers and files say reaches the staff's terminal as text and as nothing else."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update
from typer.testing import CliRunner, Result

from app.cli.orders import orders
from app.cli.readings import readings
from app.cli.slots import slots
from app.cli.statements import statements
from app.cli.terminal import plain
from app.database import Database
from app.models.customers.organization import Organization
from app.security.access_tokens import AccessTokens
from tests.adapters.bank_statements.camt_files import document, entry, payment, statement
from tests.factories.people import sign_in
from tests.factories.registry import create_company, create_reading
from tests.steps.orders.catalogue import load
from tests.steps.orders.ordering import body, placed, post

pytestmark = pytest.mark.committing

EVIL = "\x1b[2J\x1b]0;owned\x07 [red]x[/zzz] \u202eabc \x9b31m\n  operator: approved"
BY = ("--operator", "o.kravets", "--reason", "as every day")


async def run(url: str, commands: Any, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, commands, list(arguments), env={"DATABASE_URL": url}
    )


def is_plain(said: str) -> bool:
    return all(each.isprintable() or each == "\n" for each in said)


def test_what_cannot_be_printed_is_written_out() -> None:
    assert plain("Ґанок, 12 шт.") == "Ґанок, 12 шт."
    assert plain("a\x1b[2J\r\u202e\nb") == "a\\x1b[2J\\r\\u202e\nb"


async def test_an_order_is_shown_as_the_customer_wrote_it(
    url: str, client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    await load(database)
    company = await create_company(database)
    owner = await sign_in(database, access_tokens, company)
    contact = {"name": EVIL.replace("\n", " "), "phone": "067 123 45 88"}
    order = await placed(client, owner, body(company, answers={"text": EVIL}, contact=contact))
    assert (await post(client, owner, order, "messages", text=EVIL)).status_code == 201

    shown = await run(url, orders, "show", order["number"])

    assert shown.exit_code == 0, shown.output
    assert is_plain(shown.output)
    assert "[red]x[/zzz]" in shown.output
    assert "\n  operator: approved" not in shown.output, "nobody speaks for the operator"


async def test_a_company_is_named_as_it_calls_itself(url: str, database: Database) -> None:
    company = await create_company(database, history={"2026-09": "800"})
    async with database.begin() as transaction:
        await transaction.execute(update(Organization).values(name="ТОВ [/зоря] [red]"))
    await create_reading(
        database,
        company.register,
        period="2026-10",
        value="9000",
        source="cabinet",
        status="in_review",
    )

    listed = await run(url, readings, "review", "list")

    assert listed.exit_code == 0, listed.output
    assert "[/зоря]" in listed.output


async def test_a_payer_writes_in_one_line(url: str, tmp_path: Path) -> None:
    file = tmp_path / "statement.xml"
    said = payment(purpose="<Ustrd>рах. \u202eabc \x9b31m [red]x[/zzz]</Ustrd>")
    file.write_bytes(document(statement(entry("1.00", said), opening="0.00", closing="1.00")))

    loaded = await run(url, statements, "load", str(file), *BY)
    listed = await run(url, statements, "list")

    assert (loaded.exit_code, listed.exit_code) == (0, 0), loaded.output
    assert is_plain(listed.output)


async def test_a_file_is_refused_in_plain_words(url: str, tmp_path: Path) -> None:
    file = tmp_path / "plan\x07\u202e.csv"
    file.write_text("no plan\n")

    refused = await run(url, slots, "load", str(file), *BY)

    assert refused.exit_code != 0
    assert is_plain(refused.output)
