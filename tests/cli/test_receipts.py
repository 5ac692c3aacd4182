"""`run.py readings verify` names the first receipt that somebody has rewritten."""

import asyncio
import json
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner, Result

from app.cli.readings import readings as commands
from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import Company, create_company
from tests.steps.metering.receipts import hand_in, rewrite

pytestmark = pytest.mark.committing

VALUE = """
UPDATE readings SET value = 1 WHERE receipt_id =
  (SELECT id FROM reading_receipts WHERE organization_id = :company AND number = 2)"""
READING = """
DELETE FROM readings WHERE receipt_id =
  (SELECT id FROM reading_receipts WHERE organization_id = :company AND number = 2)"""
MOMENT = """
UPDATE reading_receipts SET submitted_at = now()
 WHERE organization_id = :company AND number = 2"""
LINK = """
UPDATE reading_receipts SET previous_hash = repeat('f', 64)
 WHERE organization_id = :company AND number = 2"""
PLACE = """
UPDATE reading_receipts SET number = NULL WHERE organization_id = :company AND number = 3"""
ONE_BETWEEN = "DELETE FROM reading_receipts WHERE organization_id = :company AND number = 2"
THE_LAST = "DELETE FROM reading_receipts WHERE organization_id = :company AND number = 3"
TAMPERED = [
    (VALUE, "stands for other readings", 2),
    (READING, "stands for other readings", 2),
    (MOMENT, "has been changed", 2),
    (LINK, "does not carry the hash", 2),
    (ONE_BETWEEN, "follows one that is gone", 3),
    (PLACE, "has no place", 3),
    (THE_LAST, "was not the last", 2),
]
"""What somebody does, what is said of which receipt."""


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as session:
        connection = await session.connection()
        return connection.engine.url.render_as_string(hide_password=False)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def receipts(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> list[dict[str, Any]]:
    owner = await sign_in(database, access_tokens, company)
    return await hand_in(client, owner, company, "100", "101", "102")


async def verify(url: str, *options: str) -> Result:
    arguments = ["verify", *options]
    environment = {"DATABASE_URL": url}
    return await asyncio.to_thread(CliRunner().invoke, commands, arguments, env=environment)


async def test_unbroken_chains_are_told_with_their_last_hash(
    url: str, company: Company, receipts: list[dict[str, Any]]
) -> None:
    done = await verify(url)
    plain = await verify(url, "--json", "--tax-id", company.organization.tax_id)

    tax_id, last = company.organization.tax_id, receipts[-1]["chain"]["hash"]
    assert (done.exit_code, plain.exit_code) == (0, 0), done.output
    assert done.stdout == f"{tax_id}: 3 receipts, unbroken; the last hash is {last}\n"
    assert json.loads(plain.stdout) == {
        "tax_id": tax_id,
        "receipts": 3,
        "hash": last,
        "fault": None,
        "receipt_id": None,
        "number": None,
    }


@pytest.mark.parametrize(("statement", "said", "named"), TAMPERED)
async def test_the_first_broken_receipt_is_named(
    url: str,
    database: Database,
    company: Company,
    receipts: list[dict[str, Any]],
    statement: str,
    said: str,
    named: int,
) -> None:
    await rewrite(database, statement, company=company.organization.id)

    done = await verify(url)

    assert done.exit_code == 1
    assert f"receipt {receipts[named - 1]['id']} {said}" in done.stdout
    assert "1 of 1 chains are broken" in done.stderr


async def test_another_companys_broken_chain_hides_no_other(
    url: str,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    receipts: list[dict[str, Any]],
) -> None:
    assert len(receipts) == 3
    other = await create_company(database)
    await hand_in(client, await sign_in(database, access_tokens, other), other, "100")
    await rewrite(database, MOMENT, company=company.organization.id)

    both = await verify(url)
    one = await verify(url, "--tax-id", other.organization.tax_id)

    assert (both.exit_code, one.exit_code) == (1, 0)
    assert f"{other.organization.tax_id}: 1 receipts, unbroken" in both.stdout
    assert "1 of 2 chains are broken" in both.stderr


async def test_who_has_no_receipts_is_told_so(url: str, company: Company) -> None:
    nobody = await verify(url)
    named = await verify(url, "--tax-id", company.organization.tax_id)
    nonsense = await verify(url, "--tax-id", "32855968")

    assert (nobody.exit_code, nobody.stdout) == (0, "Nobody has handed in readings.\n")
    assert named.exit_code == 1
    assert "has handed in readings" in named.stderr
    assert nonsense.exit_code == 2
    assert "not a tax id" in nonsense.stderr


@pytest.mark.usefixtures("receipts")
@pytest.mark.parametrize(
    "statement",
    ["UPDATE reading_receipts SET digest = ''", "DELETE FROM reading_receipts"],
)
async def test_the_database_itself_refuses_to_change_a_receipt(
    database: Database, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="is only added to"):
        async with database.begin() as session:
            await session.execute(text(statement))
