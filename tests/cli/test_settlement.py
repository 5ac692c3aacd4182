"""`settlement close`: what it says, keeps and refuses."""

import asyncio
import json

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from app.cli.settlement import settlement as commands
from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.metering.actions import MeteringAction
from app.models.metering.settlement import Settlement
from tests.factories.registry import Company, create_company
from tests.steps.metering.settling import estimates, versions

pytestmark = pytest.mark.committing

HISTORY = {f"2025-{month:02}": f"{1000 + 100 * month}" for month in range(1, 9)}
ACT = ("--operator", "o.kravets", "--reason", "loaded late")


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history=HISTORY)


def close(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(commands, ["close", *arguments], env={"DATABASE_URL": url})


async def count(database: Database) -> int:
    async with database.begin() as transaction:
        return await transaction.scalar(select(func.count()).select_from(Settlement)) or 0


async def test_a_month_is_closed_once_and_the_trail_says_who_did_it(
    url: str, database: Database, company: Company
) -> None:
    first = await asyncio.to_thread(close, url, "2025-08", *ACT)
    again = await asyncio.to_thread(close, url, "2025-08", *ACT)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "accounts settled" in first.stdout
    assert "nothing was changed" in again.stdout
    assert [each["amount"] for each in (await versions(database, company))["2025-08"]] == [100]
    async with database.begin() as transaction:
        event = (await transaction.scalars(select(AuditEvent))).one()
    assert (event.action, event.subject_id, event.details) == (
        MeteringAction.SETTLEMENT_CLOSED,
        company.account.id,
        {"period": "2025-08", "operator": "o.kravets", "reason": "loaded late"},
    )


async def test_a_dry_run_shows_the_estimates_and_keeps_nothing(
    url: str, database: Database, company: Company
) -> None:
    done = await asyncio.to_thread(close, url, "2025-09", *ACT, "--dry-run", "--json")

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["is_dry_run"], told["accounts"], told["estimated"]) == (
        True,
        1,
        {"recent_average": 1},
    )
    assert await count(database) == 0
    assert list(await estimates(database, company)) == []


async def test_one_account_is_closed_alone(url: str, database: Database, company: Company) -> None:
    other = await create_company(database, history=HISTORY)
    number = company.account.account_number

    done = await asyncio.to_thread(close, url, "2025-08", *ACT, "--account", number)
    unknown = await asyncio.to_thread(close, url, "2025-08", *ACT, "--account", "404")

    assert done.exit_code == 0, done.output
    assert list(await versions(database, company)) == ["2025-08"]
    assert await versions(database, other) == {}
    assert unknown.exit_code == 1
    assert "nothing was changed" in unknown.output


@pytest.mark.usefixtures("company")
async def test_a_month_whose_readings_are_still_taken_is_not_closed(
    url: str, database: Database
) -> None:
    done = await asyncio.to_thread(close, url, "2099-01", *ACT)

    assert done.exit_code == 1
    assert "window_still_open" in done.output
    assert await count(database) == 0


async def test_what_is_no_month_is_refused(url: str) -> None:
    done = await asyncio.to_thread(close, url, "2025-13", *ACT)

    assert done.exit_code == 2
    assert "YYYY-MM" in done.output
