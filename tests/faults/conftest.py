from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import URL, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import Database
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from tests.databases import Databases, migrate, new_database
from tests.fakes.clock import FrozenClock
from tests.faults.cabinets import Cabinet, Keys, cabinet_over
from tests.faults.postgres import Postgres, durable_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with durable_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="session")
async def durable_url(postgres: Postgres) -> AsyncIterator[URL]:
    async with new_database(postgres.address) as url:
        await migrate(url)
        yield url


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[URL]:
    """A migrated database of the test's own, on the server that all tests share."""
    async with databases.lend() as own:
        yield own.url


@pytest.fixture
def keys(
    strong_passwords: PasswordHasher, secret_key: SecretKey, access_tokens: AccessTokens
) -> Keys:
    return Keys(strong_passwords, secret_key, access_tokens)


@pytest.fixture
async def cabinet(durable_url: URL, clock: FrozenClock, keys: Keys) -> AsyncIterator[Cabinet]:
    """The product over a database that the test may take away."""
    async with cabinet_over(durable_url, clock=clock, keys=keys) as cabinet:
        yield cabinet


@pytest.fixture
async def database(url: URL) -> AsyncIterator[Database]:
    """The test's own way to the database of the processes it starts."""
    engine = create_async_engine(url, poolclass=NullPool)
    yield Database(engine)
    await engine.dispose()
