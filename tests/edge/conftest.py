"""These tests need no database: these services are the real ones over an address where none is."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.composition import build_services
from app.database import Database, create_engine
from app.identifiers import AccountNumbers
from app.main import create_app
from app.models.limits import Limits
from app.routers.http.configuration import HttpConfig
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from app.services.context import Context
from tests.edge.probes import router
from tests.fakes.clock import FrozenClock

NOWHERE = "postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none"
PHONES = ("044 202 15 88", "1588")


@pytest.fixture
async def services(
    clock: FrozenClock,
    passwords: PasswordHasher,
    secret_key: SecretKey,
    access_tokens: AccessTokens,
    limits: Limits,
) -> AsyncIterator[Services]:
    database = Database(create_engine(NOWHERE))
    yield build_services(
        Context.of(database=database, clock=clock, secret_key=secret_key, limits=limits),
        passwords=passwords,
        access_tokens=access_tokens,
        account_numbers=AccountNumbers("\\d{4,12}"),
    )
    await database.close()


@pytest.fixture
def http_config() -> HttpConfig:
    return HttpConfig(public_url="https://cabinet.example", contact_phones=PHONES)


@pytest.fixture
def app(services: Services, http_config: HttpConfig) -> FastAPI:
    return create_app(services, http_config=http_config, extra_routers=[router])
