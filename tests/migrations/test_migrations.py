import asyncio

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import URL, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.databases import alembic_config, migrate, new_database

RESET = text("INSERT INTO password_resets (id, created_at) VALUES (gen_random_uuid(), now())")
INDEXED = text("SELECT tablename FROM pg_indexes WHERE indexname = 'ix_password_resets_created_at'")


async def test_migrations_go_down_and_up_and_end_where_the_models_are(server: URL) -> None:
    async with new_database(server) as url:
        await migrate(url)
        await migrate(url, "base")
        await migrate(url)

        await asyncio.to_thread(command.check, alembic_config(url))


def test_there_is_one_newest_migration(server: URL) -> None:
    assert len(ScriptDirectory.from_config(alembic_config(server)).get_heads()) == 1


async def test_indexes_are_built_while_others_write_and_again_if_cut_off(server: URL) -> None:
    async with new_database(server) as url:
        await migrate(url, "0003")
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.connect() as writer:
            # An unfinished build leaves an index of that name which is not valid.
            await writer.execute(
                text("CREATE INDEX ix_password_resets_created_at ON sign_ups (id)")
            )
            await writer.commit()
            await writer.execute(RESET)
            migrating = asyncio.create_task(migrate(url))
            async with engine.begin() as another:
                await another.execute(text("SET LOCAL lock_timeout = '2s'"))
                await another.execute(RESET)
            await writer.commit()
            await migrating

        async with engine.connect() as reader:
            assert await reader.scalar(INDEXED) == "password_resets"
        await engine.dispose()
