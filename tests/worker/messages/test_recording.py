"""What the gateway said is recorded although the database was away at that moment (R7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import URL, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.adapters.sms import SmsGateway
from app.database import Database
from app.errors import DatabaseUnavailable
from app.metrics import WorkerMetrics
from app.models.messages.message import LEASE, Delivery
from app.security.secrets import SecretKey
from app.services.messages.delivery import MessageService
from tests.conftest import DOMAIN, SECRET
from tests.databases import Databases
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway
from tests.worker.codes import PHONE, issue_code, look_up

DISCONNECT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :database"
)
OUTAGE = 0.6
"""Seconds; the first two tries to record fall into it."""


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[URL]:
    async with databases.lend() as own:
        yield own.url


@pytest.fixture
def database(url: URL) -> Database:
    """The test's and the service's way there; it keeps no connection."""
    return Database(create_async_engine(url, poolclass=pool.NullPool))


@asynccontextmanager
async def outage(server: URL, url: URL) -> AsyncIterator[None]:
    engine = create_async_engine(server, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as admin:
        await admin.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        await admin.execute(DISCONNECT, {"database": url.database})
        try:
            yield
        finally:
            await admin.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))


async def test_a_moment_without_the_database_sends_no_message_twice(
    server: URL,
    url: URL,
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.delay = 0.3
    sending = asyncio.create_task(messages.deliver(underway.message.id))
    await gateway.until_called()
    async with outage(server, url):
        await asyncio.sleep(gateway.delay + OUTAGE)  # the outage itself
        assert not sending.done()

    assert await sending is Delivery.SENT

    clock.advance(LEASE)
    message = await look_up(database, underway)
    assert (message.status, message.starts, gateway.calls) == (Delivery.SENT, 1, 1)


async def test_a_check_is_recorded_too(
    server: URL,
    url: URL,
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
) -> None:
    underway = await issue_code(database, now=clock.now())
    await messages.deliver(underway.message.id)
    clock.advance(LEASE)
    gateway.called.clear()
    gateway.delay = 0.3
    checking = asyncio.create_task(messages.check(underway.message.id))
    await gateway.until_called()
    async with outage(server, url):
        await asyncio.sleep(gateway.delay + OUTAGE)

    assert await checking is Delivery.DELIVERED


async def test_a_database_that_stays_away_leaves_the_trace_of_a_possible_duplicate(
    server: URL, url: URL, database: Database, clock: FrozenClock, gateway: FakeSmsGateway
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.delay = 0.3
    async with httpx.AsyncClient(base_url=gateway.url, headers=bearer(gateway)) as http:
        messages = MessageService(
            database=database,
            clock=clock,
            sms=SmsGateway(http, sender="Cabinet"),
            secret_key=SecretKey(SECRET),
            domain=DOMAIN,
            metrics=WorkerMetrics(),
            record_pauses=(0.1, 0.1),
        )
        sending = asyncio.create_task(messages.deliver(underway.message.id))
        await gateway.until_called()
        async with outage(server, url):
            with pytest.raises(DatabaseUnavailable):
                await sending
        gateway.delay = 0
        clock.advance(LEASE)

        await messages.sweep()

    message = await look_up(database, underway)
    assert (message.starts, message.status) == (2, Delivery.SENT)
    assert gateway.code_sent_to(PHONE) == underway.code


def bearer(gateway: FakeSmsGateway) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.token}"}
