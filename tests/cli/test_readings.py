"""`readings review` and `readings withdraw`: what they say, do and refuse."""

import asyncio
import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from app.cli.readings import readings as commands
from app.database import Database
from app.models.metering.reading import Reading
from tests.factories.registry import Company, create_company, create_reading

pytestmark = pytest.mark.committing

ACT = ("--operator", "o.kravets", "--reason", "the photo shows 900")


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history={"2026-09": "800"})


@pytest.fixture
async def waiting(database: Database, company: Company) -> Reading:
    return await create_reading(
        database,
        company.register,
        period="2026-10",
        value="9000",
        source="cabinet",
        status="in_review",
    )


async def run(url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(
        lambda: CliRunner().invoke(commands, arguments, env={"DATABASE_URL": url})
    )


async def test_the_list_is_a_table_for_people_and_json_for_programs(
    url: str, company: Company, waiting: Reading
) -> None:
    table = await run(url, "review", "list")
    told = await run(url, "review", "list", "--json")

    assert table.exit_code == 0, table.output
    assert str(waiting.id) in table.stdout
    [item] = json.loads(told.stdout)["items"]
    assert (item["id"], item["account_number"], item["value"], item["energy"]) == (
        str(waiting.id),
        company.account.account_number,
        "9000.000",
        "8200.000",
    )


async def test_nobody_waits(url: str, company: Company) -> None:
    assert company.readings
    assert "No reading waits" in (await run(url, "review", "list")).stdout


@pytest.mark.parametrize(
    ("command", "outcome", "status"),
    [
        (("review", "accept"), "accepted", "accepted"),
        (("review", "reject"), "rejected", "rejected"),
        (("withdraw",), "withdrawn", "rejected"),
    ],
)
async def test_a_decision_is_made_once(
    url: str,
    database: Database,
    waiting: Reading,
    command: tuple[str, ...],
    outcome: str,
    status: str,
) -> None:
    first = await run(url, *command, str(waiting.id), *ACT)
    again = await run(url, *command, str(waiting.id), *ACT)
    told = await run(url, *command, str(waiting.id), *ACT, "--json")

    assert first.exit_code == 0, first.output
    assert outcome in first.stdout
    assert "nothing was changed" in again.stdout
    assert json.loads(told.stdout) == {
        "id": str(waiting.id),
        "outcome": outcome,
        "is_changed": False,
    }
    key = (waiting.organization_id, waiting.register_id, waiting.read_on, waiting.version)
    async with database.begin() as session:
        found = await session.get_one(Reading, key)
    assert (found.status, found.review_outcome, found.review_reason) == (
        status,
        outcome,
        "the photo shows 900",
    )


async def test_refusals_are_a_sentence(url: str, company: Company) -> None:
    stands = str(company.readings[0].id)

    absent = await run(url, "review", "accept", str(uuid4()), *ACT)
    not_waiting = await run(url, "review", "reject", stands, *ACT)
    nameless = await run(url, "withdraw", stands, "--operator", " ", "--reason", "x")

    assert (absent.exit_code, not_waiting.exit_code, nameless.exit_code) == (1, 1, 2)
    assert "not_found" in absent.stderr
    assert "reading_not_in_review" in not_waiting.stderr
    assert "Say who does this" in nameless.stderr
