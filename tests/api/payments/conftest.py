from collections.abc import AsyncIterator

import pytest

from app.database import Database
from app.security.access_tokens import AccessTokens
from app.services.ports import Ports
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.monobank import FakeMonobank, running_monobank
from tests.steps.payments.paying import ports_to


@pytest.fixture
async def monobank() -> AsyncIterator[FakeMonobank]:
    async with running_monobank() as monobank:
        yield monobank


@pytest.fixture
async def ports(monobank: FakeMonobank) -> AsyncIterator[Ports]:
    async with ports_to(monobank) as ports:
        yield ports


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)
