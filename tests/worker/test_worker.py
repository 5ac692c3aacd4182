"""The whole worker: its queue, its scheduled work, its end (security.md R7, O6)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.clock import Clock
from app.database import Database
from app.models.messages.message import Delivery, Message
from app.repositories.messages.jobs import SEND_MESSAGE
from app.security.access_tokens import AccessTokens
from app.services.operations.retention import AT_ONCE
from app.settings import Settings, load_settings
from app.worker import work
from tests.databases import Databases
from tests.fakes.sms_gateway import FakeSmsGateway, Fault
from tests.worker.aged import past_of_a_company
from tests.worker.codes import PHONE, Underway, issue_code, look_up
from tests.worker.processes import PATIENCE, configuration, until, worker_process

TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
DISCONNECT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :database"
)


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[URL]:
    async with databases.lend() as own:
        yield own.url


@pytest.fixture
def database(url: URL) -> Database:
    """The test's own way there, which keeps no connection that an outage could break."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    return Database(engine)


@pytest.fixture
def settings(url: URL, gateway: FakeSmsGateway) -> Settings:
    return load_settings(**configuration(url, gateway))


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator[None]:
    working = asyncio.create_task(work(settings))
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def test_a_code_leaves_at_once_and_its_delivery_is_noticed(
    database: Database, gateway: FakeSmsGateway, settings: Settings
) -> None:
    async with running_worker(settings):
        underway = await issue_code(database, now=Clock().now())
        await until(lambda: is_at(database, underway, Delivery.DELIVERED))

    assert gateway.code_sent_to(PHONE) == underway.code
    message = await look_up(database, underway)
    assert (message.starts, message.checks) == (1, 1)


async def test_a_queue_that_forgets_everything_loses_no_code(
    database: Database, gateway: FakeSmsGateway, settings: Settings
) -> None:
    underway = await issue_code(database, now=Clock().now())
    async with database.begin() as transaction:
        await transaction.execute(text("DELETE FROM pgqueuer"))

    async with running_worker(settings):
        await until(lambda: is_at(database, underway, Delivery.SENT))

    assert gateway.code_sent_to(PHONE) == underway.code


async def test_the_worker_comes_back_to_a_database_that_was_away(
    server: URL, url: URL, database: Database, settings: Settings
) -> None:
    async with running_worker(settings), an_administrator(server) as admin:
        before = await issue_code(database, now=Clock().now())
        await until(lambda: is_at(database, before, Delivery.SENT))

        await admin.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        await admin.execute(DISCONNECT, {"database": url.database})
        await asyncio.sleep(2.5)  # the outage itself: long enough for the worker to meet it twice
        await admin.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))

        after = await issue_code(database, now=Clock().now())
        await until(lambda: is_at(database, after, Delivery.SENT))
        # The sweeper sends without the queue; that the job is gone shows that the queue is back.
        await until(lambda: has_no_job(database, after))


async def test_a_worker_told_to_stop_finishes_what_it_is_sending(
    database: Database, gateway: FakeSmsGateway, settings: Settings
) -> None:
    gateway.delay = 0.5
    async with running_worker(settings):
        underway = await issue_code(database, now=Clock().now())
        await gateway.until_called()

    assert await is_at(database, underway, Delivery.SENT)
    assert (await look_up(database, underway)).starts == 1


async def test_the_worker_goes_on_forgetting_until_nothing_is_left(
    database: Database, settings: Settings, access_tokens: AccessTokens
) -> None:
    past = await past_of_a_company(database, access_tokens)
    await past.add("messages", Clock().now() - timedelta(days=91), rows=2 * AT_ONCE + 1)

    async def is_forgotten() -> bool:
        return await past.count("messages") == 0

    async with running_worker(settings):
        await until(is_forgotten)


async def test_one_bad_job_does_not_stop_the_others(
    database: Database, gateway: FakeSmsGateway, settings: Settings
) -> None:
    bad = await issue_code(database, now=Clock().now())
    async with database.begin() as transaction:
        message = await transaction.get_one(Message, bad.message.id)
        message.locale = "xx"  # no such language: its text cannot be written

    async with running_worker(settings):
        good = await issue_code(database, now=Clock().now(), phone="+380501234567")
        await until(lambda: is_at(database, good, Delivery.SENT))

    assert [sms.phone for sms in gateway.sent] == ["380501234567"]


async def test_a_worker_killed_in_the_middle_of_sending_loses_no_code(
    url: URL, database: Database, gateway: FakeSmsGateway, tmp_path: Path
) -> None:
    gateway.fault = Fault.HANG
    underway = await issue_code(database, now=Clock().now())
    async with worker_process(url, gateway, log=tmp_path / "first.log") as first:
        async with asyncio.timeout(PATIENCE):
            await gateway.until_called()
        first.kill()
        await first.wait()
    gateway.fault = None
    await let_the_lease_lapse(database)

    async with worker_process(url, gateway, log=tmp_path / "second.log") as second:
        await until(lambda: is_at(database, underway, Delivery.SENT))
        second.terminate()
        assert await second.wait() == 0

    assert gateway.code_sent_to(PHONE) == underway.code
    assert (await look_up(database, underway)).starts == 2


async def test_the_code_is_in_no_table_and_no_log(
    url: URL, database: Database, gateway: FakeSmsGateway, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    underway = await issue_code(database, now=Clock().now())
    async with worker_process(url, gateway, log=log) as worker:
        await until(lambda: is_at(database, underway, Delivery.DELIVERED))
        worker.terminate()
        await worker.wait()

    said, kept = log.read_text(), await everything_kept(database)
    assert str(underway.message.id) in said
    assert str(underway.message.id) in kept
    for secret in (underway.code, underway.code.encode().hex()):
        assert secret not in kept
        assert secret not in said
    for spelling in (PHONE.removeprefix("+"), gateway.sent[0].text):
        assert spelling not in said
    assert all(json.loads(line)["event"] for line in said.splitlines())


async def is_at(database: Database, underway: Underway, status: Delivery) -> bool:
    stages = list(Delivery)
    return stages.index(Delivery((await look_up(database, underway)).status)) >= stages.index(
        status
    )


async def has_no_job(database: Database, underway: Underway) -> bool:
    statement = text("SELECT count(*) FROM pgqueuer WHERE payload = :id AND entrypoint = :send")
    values = {"id": str(underway.message.id).encode(), "send": SEND_MESSAGE}
    async with database.begin() as transaction:
        return bool(await transaction.scalar(statement, values) == 0)


async def let_the_lease_lapse(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.execute(text("UPDATE messages SET due_at = now()"))


async def everything_kept(database: Database) -> str:
    """Return all rows of all tables, as a dump would have them."""
    async with database.begin() as transaction:
        tables = (await transaction.scalars(TABLES)).all()
        rows = [
            (await transaction.scalars(text(f'SELECT t::text FROM "{table}" t'))).all()  # noqa: S608 - names from the catalogue
            for table in tables
        ]
    return "\n".join(row for of_table in rows for row in of_table)


@asynccontextmanager
async def an_administrator(server: URL) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT", poolclass=pool.NullPool)
    async with engine.connect() as connection:
        yield connection
