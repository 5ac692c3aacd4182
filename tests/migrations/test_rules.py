"""Every migration leaves tables in use usable: batches, concurrent indexes, short waits (R10)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, NullPool, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.databases import alembic_config, migrate, new_database
from tests.migrations.rules import broken_rules

TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
NOT_OURS = {"alembic_version"}


async def test_no_migration_stands_in_the_way_of_the_running_service(server: URL) -> None:
    steps = ScriptDirectory.from_config(alembic_config(server)).walk_revisions()
    found: dict[str, list[str]] = {}
    async with new_database(server) as url:
        for revision in reversed([step.revision for step in steps]):
            in_use = await tables(url) - NOT_OURS
            with recorded(url) as statements:
                await migrate(url, revision)
            assert statements, revision
            found[revision] = list(broken_rules(statements, in_use=in_use))

    assert {revision: broken for revision, broken in found.items() if broken} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX ix_a ON sessions (a)",
        "CREATE UNIQUE INDEX uq_a ON sessions (a)",
        "UPDATE messages SET template = 'sign_up'",
        "DELETE FROM messages WHERE challenge_id IS NULL",
        "LOCK TABLE messages",
        "TRUNCATE messages",
        "ALTER TABLE members ADD CONSTRAINT fk_a FOREIGN KEY(a) REFERENCES b (id)",
        "ALTER TABLE members ADD CONSTRAINT ck_a CHECK (a > 0)",
        "ALTER TABLE members ADD CONSTRAINT uq_a UNIQUE (a)",
        "ALTER TABLE members ALTER COLUMN a TYPE BIGINT",
        "ALTER TABLE members ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE members RENAME COLUMN a TO b",
        "ALTER TABLE members ADD COLUMN a TEXT NOT NULL",
        "ALTER TABLE members ADD COLUMN a UUID DEFAULT gen_random_uuid() NOT NULL",
    ],
)
def test_the_rules_find(statement: str) -> None:
    in_use = {"sessions", "messages", "members"}

    assert list(broken_rules([statement], in_use=in_use))
    assert list(broken_rules([statement], in_use=set())) == []


def test_a_step_that_waits_without_end_must_be_one_that_nobody_waits_for() -> None:
    patient = "SET lock_timeout = '0'"
    alter = "ALTER TABLE members ADD COLUMN a TEXT"

    assert list(broken_rules([patient, alter], in_use=set()))
    assert list(broken_rules([patient, "SET lock_timeout = '4s'", alter], in_use=set())) == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY ix_a ON sessions (a)",
        "UPDATE messages SET a = 1 WHERE id IN (SELECT id FROM messages LIMIT 5000)",
        "ALTER TABLE members ADD COLUMN a TEXT",
        "ALTER TABLE members ADD COLUMN a TEXT DEFAULT 'view' NOT NULL",
        "ALTER TABLE members ADD COLUMN a TIMESTAMP DEFAULT now() NOT NULL",
        "ALTER TABLE members ADD CONSTRAINT ck_a CHECK (a > 0) NOT VALID",
        "ALTER TABLE members ALTER COLUMN a DROP NOT NULL",
    ],
)
def test_the_rules_allow(statement: str) -> None:
    assert list(broken_rules([statement], in_use={"sessions", "messages", "members"})) == []


async def tables(url: URL) -> set[str]:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        return set((await connection.scalars(TABLES)).all())


@contextmanager
def recorded(url: URL) -> Iterator[list[str]]:
    """Collect what is sent to a database, by whichever engine of this process."""
    statements: list[str] = []

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.engine.url.database == url.database:
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
