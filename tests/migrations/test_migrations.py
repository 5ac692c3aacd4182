import asyncio

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import URL, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.databases import alembic_config, migrate, new_database

RESET = text("INSERT INTO password_resets (id, created_at) VALUES (gen_random_uuid(), now())")
CONFIRMED_SIGN_UP = text("""
    WITH company AS (
        INSERT INTO organizations (id, tax_id, name)
        VALUES (gen_random_uuid(), '03349223', 'a company') RETURNING id
    ), account AS (
        INSERT INTO accounts (organization_id, id, account_number, address)
        SELECT id, gen_random_uuid(), '0000006604', 'an address' FROM company
        RETURNING organization_id, id
    )
    INSERT INTO sign_ups (id, organization_id, account_id, phone, locale, created_at, confirmed_at)
    SELECT gen_random_uuid(), organization_id, id, '+380671234588', 'uk', now(), now() FROM account
""")
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


async def test_what_was_cut_off_between_its_steps_is_done_by_the_next_migrate(
    server: URL,
) -> None:
    async with new_database(server) as url:
        await migrate(url, "0004")
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(
                text("ALTER TABLE invitations ADD COLUMN withdrawn_at timestamptz")
            )
            await connection.execute(
                text("CREATE INDEX ix_invitations_organization ON invitations (phone)")
            )
        await engine.dispose()

        await migrate(url)

        await asyncio.to_thread(command.check, alembic_config(url))


async def test_going_back_gives_the_old_code_what_it_must_find(server: URL) -> None:
    async with new_database(server) as url:
        await migrate(url)
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(CONFIRMED_SIGN_UP)
        await asyncio.to_thread(command.downgrade, alembic_config(url), "0005")
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT password_hash FROM sign_ups")) == ""
        await engine.dispose()
