"""`run.py slots load`: a plan is taken whole or not at all."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from app.cli.slots import slots as commands
from app.database import Database
from app.models.operator_act import RecordedAct
from app.models.orders.appointment import AppointmentSlot

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "crews of December")
HEAD = "district,address_part,starts_at,ends_at,capacity\n"
ROW = "podil,Подільський,2026-12-01 09:00,2026-12-01 12:00,3\n"


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        return connection.engine.url.render_as_string(hide_password=False)


async def run(url: str, file: Path, text: str) -> Result:
    def ran() -> Result:
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(commands, ["load", str(file), *BY], env={"DATABASE_URL": url})

    return await asyncio.to_thread(ran)


async def count(database: Database) -> int | None:
    async with database.begin() as transaction:
        return await transaction.scalar(select(func.count()).select_from(AppointmentSlot))


async def test_a_plan_is_loaded_and_loaded_again(
    url: str, database: Database, tmp_path: Path
) -> None:
    # A spreadsheet ends a file with rows of empty cells where it was formatted.
    done = [await run(url, tmp_path / "plan.csv", HEAD + ROW + end) for end in ("", ",,,,\n , ,\n")]

    assert [each.exit_code for each in done] == [0, 0], done[0].output
    assert await count(database) == 1
    async with database.begin() as transaction:
        acts = (await transaction.scalars(select(RecordedAct))).all()
    assert {(act.deed, act.operator, act.reason) for act in acts} == {
        ("slots.loaded", "o.kravets", "crews of December")
    }
    assert acts[0].details["slots"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "district\npodil\n",
        HEAD + ROW + "podil,,soon,later,1\n",
        HEAD + ROW + "podil,,2026-12-01 12:00,2026-12-01 09:00,1\n",
        HEAD + ROW + "podil,,2026-12-01 13:00,2026-12-01 15:00,-1\n",
        HEAD + ROW + "podil,,2026-12-01 13:00\n",
    ],
    ids=["empty", "no columns", "no moment", "backwards", "less than none", "cut off"],
)
async def test_a_plan_with_a_mistake_changes_nothing(
    url: str, database: Database, tmp_path: Path, text: str
) -> None:
    refused = await run(url, tmp_path / "plan.csv", text)

    assert refused.exit_code != 0
    assert await count(database) == 0
