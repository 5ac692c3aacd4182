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
from benchmarks.checkout import Checkout
from benchmarks.fill import companies_for, fill


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
                "DELETE FROM readings WHERE source <> 'operator'",
                "DELETE FROM reading_receipts",
                "TRUNCATE audit_events, idempotency_keys",
                "UPDATE registers SET revision = 0 WHERE revision <> 0",
                "VACUUM readings",
                "VACUUM registers",
                "VACUUM reading_receipts",
            )
        )


@dataclass(frozen=True)
class Server:
    """A PostgreSQL where databases may be made."""

    url: URL
    folder: Path

    @contextmanager
    def filled(self, readings: int, *, by: Checkout | None = None) -> Iterator[Scratch]:
        """Make a database with our tables and readings, or with those of another commit."""
        name = f"cabinet_bench_{uuid4().hex[:8]}"
        asyncio.run(_administer(self.url, f"CREATE DATABASE {name} TEMPLATE template0"))
        try:
            url = self.url.set(database=name)
            if by:
                by.fill(url, readings=readings)
            else:
                upgrade(url.render_as_string(hide_password=False))
                asyncio.run(_fill(url, readings))
            version = asyncio.run(_version(url))
            yield Scratch(url, companies_for(readings), readings, version, self.folder)
        finally:
            asyncio.run(_administer(self.url, f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def server_for(named: str | None) -> Iterator[Server]:
    """Use the named server, or an embedded one that lives as long as we."""
    with TemporaryDirectory(prefix="cabinet-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # an embedded server runs as another user
        if named:
            yield Server(make_url(named), folder)
            return
        # Durable: a submission that is answered is on the disk, as in production.
        with DevServer("bench", state_dir=folder, durable=True) as embedded:
            yield Server(make_url(embedded.url("postgres")), folder)


@contextmanager
def scratch_database(server: str | None, *, readings: int) -> Iterator[Scratch]:
    """Make the database on the named server, or on an embedded one that lives as long as we."""
    with server_for(server) as found, found.filled(readings) as made:
        yield made


async def _administer(server: URL, statement: str) -> None:
    connection = await asyncpg.connect(libpq(server))
    await connection.execute(statement)
    await connection.close()


async def _fill(url: URL, readings: int) -> None:
    connection = await asyncpg.connect(libpq(url))
    await fill(connection, readings=readings)
    await connection.close()


async def _version(url: URL) -> int:
    connection = await asyncpg.connect(libpq(url))
    version: int = connection.get_server_version().major
    await connection.close()
    return version


def libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
