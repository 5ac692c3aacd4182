"""`run.py services`: an operator loads the catalogue, whole or not at all."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.services import services as commands
from app.database import Database
from app.repositories.orders.services import ServiceRepository
from tests.steps.orders.catalogue import DEFAULT, changed

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "price list of 2027")


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        return connection.engine.url.render_as_string(hide_password=False)


async def run(url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, commands, list(arguments), env={"DATABASE_URL": url}
    )


async def test_the_printed_catalogue_can_be_changed_and_loaded(
    url: str, database: Database, tmp_path: Path
) -> None:
    printed = await run(url, "template")
    file = tmp_path / "services.json"
    file.write_text(json.dumps(changed("seal", has_act=False)), encoding="utf-8")

    default = await run(url, "load", *BY)
    own = await run(url, "load", str(file), *BY)

    assert json.loads(printed.stdout) == DEFAULT
    assert (default.exit_code, own.exit_code) == (0, 0), own.output
    assert "added: 23" in default.stdout
    assert "prices of these services are examples" in default.output
    assert "changed: 1 (seal)" in own.stdout
    async with database.begin() as transaction:
        latest = (await ServiceRepository(transaction).latest())["seal"]
    assert (latest.version, latest.operator) == (2, "o.kravets")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON"),
        ("{}", "services"),
        (json.dumps(changed("seal", valid_from="soon")), "/services/4/valid_from"),
    ],
)
async def test_a_file_with_a_mistake_loads_nothing(
    url: str, database: Database, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "services.json"
    file.write_text(text, encoding="utf-8")

    refused = await run(url, "load", str(file), *BY)
    missing = await run(url, "load", str(tmp_path / "nothing.json"), *BY)

    assert (refused.exit_code != 0, missing.exit_code != 0) == (True, True)
    assert told in refused.output
    async with database.begin() as transaction:
        assert await ServiceRepository(transaction).latest() == {}
