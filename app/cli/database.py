"""The sandbox's database: ours, unless the person names another; migrated and filled."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cli.migrations import newest_revision, upgrade
from app.configuration.files import SecretFileRefused, secret
from app.devdb import DevServer, NoDatabase

NAME = "cabinet"

LOOK = """
    SELECT (SELECT version_num FROM alembic_version),
           (SELECT EXISTS (SELECT FROM organizations))
"""


@dataclass(frozen=True)
class RunningDatabase:
    url: str
    server: DevServer | None = None
    """Ours, if it is ours to keep running."""


def database_url() -> str | None:
    """Return the database that DATABASE_URL, or a file, names; None if nobody names one.

    :raises NoDatabase: it is no address that the program can use.
    """
    try:
        url = secret("DATABASE_URL")
    except SecretFileRefused as refusal:
        raise NoDatabase(str(refusal)) from None
    if url is None:
        return None
    # Only here, because SQLAlchemy costs a second to import.
    from app.configuration.rules import require_postgresql
    from app.settings import REMEDIES

    try:
        require_postgresql(url)
    except ValueError as error:
        raise NoDatabase(f"DATABASE_URL: {error}\n  {REMEDIES['database_url']}") from None
    return url


@contextmanager
def running_database(state: Path, say: Callable[[str], None]) -> Iterator[RunningDatabase]:
    """Run a server of our own, or step aside for the one that DATABASE_URL names.

    :raises NoDatabase: no server can run here.
    """
    if url := database_url():
        say("Using the database that DATABASE_URL names.")
        yield RunningDatabase(url)
        return
    say("Starting the database.")
    with DevServer("dev", state_dir=state, durable=True) as server:
        yield RunningDatabase(server.url(NAME), server)


def prepare(database: RunningDatabase, say: Callable[[str], None]) -> None:
    """Make the database what this version of the program expects."""
    revision, has_customers = None, False
    if database.server:
        database.server.ensure_database(NAME)
        revision, has_customers = asyncio.run(_look_into(database.url))
    # Alembic and SQLAlchemy cost a second to import: only when there is something to do.
    if revision is None or revision != newest_revision():
        say("Bringing the tables up to date.")
        upgrade(database.url)
    if not has_customers:
        from app.sandbox.demonstration import ensure_loaded

        say("Looking for customers; an empty database gets the demonstration register.")
        asyncio.run(ensure_loaded(database.url))


async def _look_into(url: str) -> tuple[str | None, bool]:
    """Return the revision of the tables, and whether there are customers."""
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
    try:
        row = await connection.fetchrow(LOOK)
    except asyncpg.UndefinedTableError:
        return None, False
    else:
        return row[0], row[1]
    finally:
        await connection.close()
