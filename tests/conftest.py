import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from passlib.hash import argon2
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.sms import SmsGateway
from app.composition import RETENTION_RULES, build_services
from app.database import Database
from app.devdb import DevServer
from app.identifiers import AccountNumbers
from app.logs import configure_logs
from app.main import create_app
from app.metrics import WorkerMetrics
from app.models.limits import Limits
from app.models.retention import RetentionTerms
from app.models.settings import ChosenSettings
from app.renderings.press import TypstPress
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from app.services.context import Context
from app.services.messages.delivery import MessageService
from app.services.operations.retention import RetentionService
from app.services.ports import Ports
from tests.databases import (
    CONNECTIONS,
    Databases,
    SavepointDatabase,
    migrate,
    new_database,
    new_engine,
)
from tests.factories.keys import new_signing_key
from tests.factories.people import SignedIn, password_hash, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.limits import wide_limits
from tests.fakes.sms_gateway import FakeSmsGateway, running_sms_gateway
from tests.steps.identity.stories import Story

ROOT = Path(__file__).parents[1]
ISSUER = "http://cabinet"
SECRET = "a secret key for tests, 32 bytes or more"
DOMAIN = "cabinet.example.ua"
CHEAP = argon2.using(type="ID", memory_cost=8, rounds=1, parallelism=1)


UNWATCHED = frozenset(
    {"architecture", "clients", "contract", "e2e", "faults", "limits", "migrations", "races"}
)
"""Folders of tests that go over what others show already, many times or all at once, and of those
whose work is done by processes that nobody watches.

Counting the lines they run would treble their time and find no other line.
"""

configure_logs()


def pytest_configure(config: pytest.Config) -> None:
    """Give what the tests start a state folder of their own.

    Otherwise settings that a test makes read the moved clock of the sandbox that somebody uses
    beside the tests.
    """
    folder = tempfile.TemporaryDirectory(prefix="cabinet-tests-")
    Path(folder.name).chmod(0o755)  # root's PostgreSQL runs as somebody else
    config.add_cleanup(folder.cleanup)
    os.environ["CABINET_STATE_DIR"] = folder.name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] in UNWATCHED:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """A PostgreSQL on which we may create databases: the one named, or our own embedded one."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(named)
        return
    state_dir = Path(os.environ.get("TEST_STATE_DIR", ROOT / ".data")).absolute()
    with DevServer("test", state_dir=state_dir, durable=False) as embedded:
        yield make_url(embedded.url("postgres"))


@pytest.fixture(scope="session")
async def template(server: URL) -> AsyncIterator[str]:
    """The name of a migrated, empty database that nobody is connected to."""
    async with new_database(server) as url:
        await migrate(url)
        yield str(url.database)


@pytest.fixture(scope="session")
async def databases(server: URL, template: str) -> AsyncIterator[Databases]:
    async with Databases(server, template) as databases:
        yield databases


@pytest.fixture(scope="session")
async def engine(server: URL, template: str) -> AsyncIterator[AsyncEngine]:
    async with new_database(server, template=template) as url, new_engine(url) as engine:
        yield engine


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, databases: Databases, engine: AsyncEngine
) -> AsyncIterator[Database]:
    """Commits that are real to the code under test and undone after it.

    A test marked `committing` has a database to itself, where transactions can meet: use it
    for races and locks.
    """
    if request.node.get_closest_marker("committing"):
        async with databases.lend() as own:
            # Patient: a race asks who wins, on a slow machine too, and not who waited too long.
            yield Database(own.engine, places=CONNECTIONS, longest_wait=30)
        return
    async with engine.connect() as connection:
        everything = await connection.begin()
        yield SavepointDatabase(connection)
        await everything.rollback()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
def strong_passwords() -> Iterator[PasswordHasher]:
    """The product's hasher, for tests that are about what it costs, or about other processes."""
    hasher = PasswordHasher()
    yield hasher
    hasher.close()


@pytest.fixture(scope="session")
def passwords() -> Iterator[PasswordHasher]:
    """The same hashes, a hundred times cheaper: most tests are about something else."""
    hasher = PasswordHasher(scheme=CHEAP, queue_per_thread=CONNECTIONS)
    yield hasher
    hasher.close()


@pytest.fixture(scope="session")
def secret_key() -> SecretKey:
    return SecretKey(SECRET)


@pytest.fixture(scope="session")
def access_tokens() -> AccessTokens:
    return AccessTokens(keys_pem=new_signing_key(), issuer=ISSUER)


@pytest.fixture
def limits() -> Limits:
    """Wide ones: a test that is about limits brings its own, the product's."""
    return wide_limits()


@pytest.fixture
def ports() -> Ports:
    """Nothing outside but the press: a test that pays by card brings an acquirer."""
    return Ports((TypstPress(),))


@pytest.fixture
def chosen() -> ChosenSettings:
    """The defaults of every subject: a test of other settings brings its own."""
    return ChosenSettings()


@pytest.fixture
def context(
    database: Database,
    clock: FrozenClock,
    secret_key: SecretKey,
    limits: Limits,
    ports: Ports,
    chosen: ChosenSettings,
) -> Context:
    return Context.of(
        database=database,
        clock=clock,
        secret_key=secret_key,
        limits=limits,
        settings=chosen,
        ports=ports,
    )


@pytest.fixture
def services(context: Context, passwords: PasswordHasher, access_tokens: AccessTokens) -> Services:
    return build_services(
        context,
        passwords=passwords,
        access_tokens=access_tokens,
        account_numbers=AccountNumbers("\\d{4,12}"),
    )


@pytest.fixture
def story(
    client: httpx.AsyncClient,
    database: Database,
    messages: MessageService,
    gateway: FakeSmsGateway,
) -> Story:
    return Story(client, database, messages, gateway)


@pytest.fixture
async def owner_with_password(
    database: Database, access_tokens: AccessTokens, company: Company, passwords: PasswordHasher
) -> SignedIn:
    """The owner of the test's `company`, who can sign in with `PASSWORD`."""
    hashed = await password_hash(passwords)
    return await sign_in(database, access_tokens, company, password_hash=hashed)


@pytest.fixture(scope="session")
def only_app() -> FastAPI:
    """One application for all tests: its first request builds what all others use."""
    return create_app(cast("Services", None))


@pytest.fixture
def app(only_app: FastAPI, services: Services) -> FastAPI:
    only_app.state.services = services
    return only_app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application, whole, with nothing replaced but the clock and the provider's address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cabinet") as client:
        yield client


@pytest.fixture
async def gateway() -> AsyncIterator[FakeSmsGateway]:
    """The SMS provider, listening on a real port."""
    async with running_sms_gateway() as gateway:
        yield gateway


@pytest.fixture
async def messages(
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    secret_key: SecretKey,
    metrics: WorkerMetrics,
) -> AsyncIterator[MessageService]:
    headers = {"Authorization": f"Bearer {gateway.token}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=2) as http:
        yield MessageService(
            database=database,
            clock=clock,
            sms=SmsGateway(http, sender="Cabinet", longest_call=2),
            secret_key=secret_key,
            domain=DOMAIN,
            metrics=metrics,
        )


@pytest.fixture
def metrics() -> WorkerMetrics:
    return WorkerMetrics()


@pytest.fixture
def retention(database: Database, clock: FrozenClock, metrics: WorkerMetrics) -> RetentionService:
    return RetentionService(
        database=database,
        clock=clock,
        terms=RetentionTerms(),
        rules=RETENTION_RULES,
        metrics=metrics,
    )
