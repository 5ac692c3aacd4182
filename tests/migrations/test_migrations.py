import asyncio

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from tests.databases import alembic_config, migrate, new_database


async def test_migrations_go_down_and_up_and_end_where_the_models_are(server: URL) -> None:
    async with new_database(server) as url:
        await migrate(url)
        await migrate(url, "base")
        await migrate(url)

        await asyncio.to_thread(command.check, alembic_config(url))


def test_there_is_one_newest_migration(server: URL) -> None:
    assert len(ScriptDirectory.from_config(alembic_config(server)).get_heads()) == 1
