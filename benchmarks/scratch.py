"""A database of our own for one run: made, migrated, filled, and dropped at the end."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
from sqlalchemy import URL, make_url

from app.cli.migrations import upgrade
from app.devdb import DevServer
from benchmarks.fill import fill


@dataclass(frozen=True)
class Scratch:
    url: URL
    companies: int
    readings: int
    version: int
    """The major version of PostgreSQL."""
    folder: Path

    @property
    def libpq(self) -> str:
        return libpq(self.url)

    async def execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.libpq)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    def forget_submissions(self) -> None:
        """Bring the readings back to what they were when the database had been filled."""
        time.sleep(0.3)  # the last requests of a load are cut off, but not undone
        asyncio.run(
            self.execute(
                # Receipts are only added to; what a load has added is no receipt of anybody.
                "SET session_replication_role = replica",
                "DELETE FROM readings WHERE receipt_id IS NOT NULL",
                "DELETE FROM reading_receipts",
                "TRUNCATE audit_events, idempotency_keys",
                "UPDATE registers SET revision = 0 WHERE revision <> 0",
                "VACUUM readings",
                "VACUUM registers",
                "VACUUM reading_receipts",
            )
        )


@contextmanager
def scratch_database(server: str | None, *, readings: int) -> Iterator[Scratch]:
    """Make the database on the named server, or on an embedded one that lives as long as we."""
    with TemporaryDirectory(prefix="cabinet-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # an embedded server runs as another user
        if server:
            with _database(make_url(server), folder, readings) as made:
                yield made
            return
        # Durable: a submission that is answered is on the disk, as in production.
        with (
            DevServer("bench", state_dir=folder, durable=True) as embedded,
            _database(make_url(embedded.url("postgres")), folder, readings) as made,
        ):
            yield made


@contextmanager
def _database(server: URL, folder: Path, readings: int) -> Iterator[Scratch]:
    name = f"cabinet_bench_{uuid4().hex[:8]}"
    asyncio.run(_administer(server, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        url = server.set(database=name)
        upgrade(url.render_as_string(hide_password=False))
        companies, version = asyncio.run(_fill(url, readings))
        yield Scratch(url, companies, readings, version, folder)
    finally:
        asyncio.run(_administer(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(server: URL, statement: str) -> None:
    connection = await asyncpg.connect(libpq(server))
    await connection.execute(statement)
    await connection.close()


async def _fill(url: URL, readings: int) -> tuple[int, int]:
    connection = await asyncpg.connect(libpq(url))
    companies = await fill(connection, readings=readings)
    version = connection.get_server_version().major
    await connection.close()
    return companies, version


def libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
