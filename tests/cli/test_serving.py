import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.cli.keys import sandbox_keys
from app.cli.project import ROOT
from tests.cli.waiting import wait_until
from tests.databases import Databases

SECRETS = ("CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_without_settings_each_missing_one_is_named(
    cli_runner: CliRunner, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)

    done = cli_runner.invoke(cli, [command])

    assert done.exit_code == 2
    for name in ("DATABASE_URL", *SECRETS, "CABINET_PUBLIC_URL"):
        assert f"{name}: Field required; set {name}" in done.stderr


def test_production_does_not_serve_through_the_sandbox_gateway(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    environment = production(tmp_path, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    environment["CABINET_SMS_URL"] = "http://127.0.0.1/sandbox/turbosms"

    done = cli_runner.invoke(cli, ["serve"], env=environment)

    assert done.exit_code == 2
    assert "names the sandbox gateway" in done.stderr


@pytest.fixture
async def own_database(databases: Databases) -> AsyncIterator[URL]:
    async with databases.lend() as own:
        yield own.url


def test_the_worker_stops_when_told(tmp_path: Path, server: URL, own_database: URL) -> None:
    url = own_database.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"],
        cwd=ROOT,
        env={**os.environ, **production(tmp_path, url)},
        stdout=subprocess.DEVNULL,
    ) as worker:
        wait_until(lambda: asyncio.run(is_in_use(server, own_database)), seconds=30.0)

        worker.terminate()

    assert worker.returncode == 0


async def is_in_use(server: URL, database: URL) -> bool:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address)
    try:
        question = (
            # A vacuum of the database's own is in there too, and says nothing of the worker.
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = $1"
            " AND application_name <> 'tests' AND backend_type = 'client backend'"
        )
        return bool(await connection.fetchval(question, database.database))
    finally:
        await connection.close()


def production(state: Path, database_url: str) -> dict[str, str]:
    return {
        **sandbox_keys(state),
        "DATABASE_URL": database_url,
        "CABINET_PUBLIC_URL": "https://cabinet.example",
        "CABINET_SMS_URL": "https://sms.example",
        "CABINET_SMS_SENDER": "Cabinet",
    }
