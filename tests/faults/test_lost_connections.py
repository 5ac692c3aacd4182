"""What counts as a database that is away, and what does not: one list, for every way there."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import Database, create_engine, is_lost
from app.errors import Busy, DatabaseUnavailable
from app.repositories.direct import DirectStatement
from app.repositories.registry.staging import RegistryStagingRepository

AWAY = (
    *("08000", "08003", "08006", "57P01", "57P02", "57P03", "25006", "28P01", "3D000", "55000"),
    *("53000", "53100", "53200", "58000", "58030"),
)
BUSY = ("40001", "40P01", "55P03", "57014", "53300")
BUGS = ("23505", "23503", "42P01", "42601", "22P02", "0A000", "XX000", "P0001")


@asynccontextmanager
async def database_at(url: URL | str, **how: Any) -> AsyncIterator[Database]:
    address = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    database = Database(create_engine(address, pool_size=1, **how), places=1)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(url: URL) -> AsyncIterator[Database]:
    async with database_at(url) as database:
        yield database


def failing(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"


async def in_a_transaction(database: Database, statement: str) -> None:
    async with database.begin() as transaction:
        await transaction.execute(text(statement))


async def on_a_connection(database: Database, statement: str) -> None:
    async with database.connect() as connection:
        await connection.execute(text(statement))


async def by_the_driver(database: Database, statement: str) -> None:
    async with database.connect() as connection:
        await DirectStatement(text(statement)).fetch(connection, {})


Way = Callable[[Database, str], Awaitable[None]]
WAYS = (in_a_transaction, on_a_connection, by_the_driver)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("states", "refusal"), [(AWAY, DatabaseUnavailable), (BUSY, Busy), (BUGS, None)]
)
async def test_what_the_server_says_means_the_same_on_every_way(
    database: Database, way: Way, states: tuple[str, ...], refusal: type[Exception] | None
) -> None:
    for state in states:
        with pytest.raises(Exception) as told:  # noqa: PT011 - the kind is what is looked at
            await way(database, failing(state))

        bug = asyncpg.PostgresError if way is by_the_driver else DBAPIError
        assert isinstance(told.value, refusal or bug), (state, told.value)


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InternalClientError("got result for unknown protocol state 3"), True),
        (asyncpg.ProtocolError("unexpected message"), True),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"), True),
        (asyncpg.InvalidCachedStatementError("cached statement plan is invalid"), True),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), True),
        (asyncpg.DataError("invalid input for query argument $1"), False),
        (asyncpg.UniqueViolationError("duplicate key"), False),
        (DBAPIError("SELECT", None, Exception("ended"), connection_invalidated=True), True),
        (DBAPIError("SELECT", None, Exception("something else")), False),
        (PoolExhausted("QueuePool limit"), False),
        (OSError("nobody's"), False),
        (TimeoutError("our own patience"), False),
        (ValueError("ours"), False),
    ],
)
def test_errors_made_by_hand(error: Exception, *, lost: bool) -> None:
    assert is_lost(error) is lost


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_an_address_where_nobody_answers_is_a_database_that_is_away(
    closed_port: int, tmp_path: Path
) -> None:
    refused = make_url(f"postgresql+asyncpg://cabinet@127.0.0.1:{closed_port}/cabinet")
    no_socket = f"postgresql+asyncpg://cabinet@/cabinet?host={tmp_path}"
    unknown = "postgresql+asyncpg://cabinet@no-such-host.invalid/cabinet"
    for url in (refused, no_socket, unknown):
        async with database_at(url) as database:
            for way in WAYS:
                with pytest.raises(DatabaseUnavailable):
                    await way(database, "SELECT 1")


async def test_an_address_that_hangs_up_is_a_database_that_is_away() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with database_at(f"postgresql+asyncpg://a@127.0.0.1:{port}/b") as database:
            with pytest.raises(DatabaseUnavailable):
                await in_a_transaction(database, "SELECT 1")


@pytest.mark.parametrize("way", WAYS)
async def test_a_server_that_stays_silent_is_a_database_that_is_away(url: URL, way: Way) -> None:
    async with database_at(url, longest_silence=0.2) as database:
        with pytest.raises(DatabaseUnavailable):
            await way(database, "SELECT pg_sleep(5)")


@pytest.mark.parametrize("state", ["57P01", "25006", "53100"])
async def test_a_connection_on_which_the_driver_met_that_serves_nobody_again(
    database: Database, state: str
) -> None:
    async def backend(connection: AsyncConnection) -> Any:
        return await connection.scalar(text("SELECT pg_backend_pid()"))

    async with database.connect() as connection:
        before = await backend(connection)
    with pytest.raises(DatabaseUnavailable):
        await by_the_driver(database, failing(state))
    async with database.connect() as connection:
        assert await backend(connection) != before


@pytest.mark.parametrize("error", [FileNotFoundError("a file"), TimeoutError(), BrokenPipeError()])
async def test_an_error_that_is_not_the_drivers_stays_what_it_is(
    database: Database, error: OSError
) -> None:
    async def fail() -> None:
        async with database.begin() as transaction:
            await transaction.execute(text("SELECT 1"))
            raise error

    with pytest.raises(type(error)) as told:
        await fail()

    assert told.value is error


async def test_a_file_that_breaks_while_the_driver_reads_it_is_no_database_that_is_away(
    database: Database,
) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        yield (2, None, False, "03349223", "ТОВ", None)
        raise OSError(5, "Input/output error")

    async def copy() -> None:
        columns = ("line", "id", "refused", "tax_id", "name", "phone")
        async with database.begin() as transaction:
            staging = RegistryStagingRepository(transaction)
            await staging.open()
            await staging.copy("organizations", rows(), columns=columns)

    with pytest.raises(OSError, match="Input/output error"):
        await copy()
