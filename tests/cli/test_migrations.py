import asyncio
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.cli.migrations import newest_revision
from tests.databases import alembic_config, new_database


def test_the_newest_migration_is_the_one_alembic_would_take(server: URL) -> None:
    directory = ScriptDirectory.from_config(alembic_config(server))
    assert newest_revision() == directory.get_current_head()


def test_two_newest_migrations_are_none(tmp_path: Path) -> None:
    (tmp_path / "1.py").write_text("revision = 'a'\ndown_revision = None")
    (tmp_path / "2.py").write_text("revision: str = 'b'\ndown_revision: str = 'a'")
    assert newest_revision(tmp_path) == "b"

    (tmp_path / "3.py").write_text("revision = 'c'\ndown_revision = 'a'\nprint(revision)")
    assert newest_revision(tmp_path) is None


async def test_migrate_goes_up_and_down(cli_runner: CliRunner, server: URL) -> None:
    async with new_database(server) as url:
        environment = {"DATABASE_URL": url.render_as_string(hide_password=False)}
        for arguments in (["migrate"], ["migrate", "--down-to", "base"]):
            done = await asyncio.to_thread(cli_runner.invoke, cli, arguments, env=environment)
            assert done.exit_code == 0, done.output


async def test_tables_of_a_newer_version_are_left_alone(
    cli_runner: CliRunner, server: URL, template: str
) -> None:
    async with new_database(server, template=template) as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
        await engine.dispose()
        environment = {"DATABASE_URL": url.render_as_string(hide_password=False)}

        done = await asyncio.to_thread(cli_runner.invoke, cli, ["migrate"], env=environment)

    assert done.exit_code == 1
    assert "The tables could not be migrated" in done.stderr


def test_migrate_asks_for_a_database(cli_runner: CliRunner) -> None:
    done = cli_runner.invoke(cli, ["migrate"])

    assert done.exit_code == 2
    assert "DATABASE_URL is not set" in done.stderr
