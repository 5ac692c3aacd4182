import pytest

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company

HISTORY = {
    "2026-04": "1000.0",
    "2026-05": "1100.0",
    "2026-06": "1200.0",
    "2026-07": "1300.0",
    "2026-08": "1400.0",
    "2026-09": "1500.0",
    "2026-10": "1600.0",
}
"""A hundred kilowatt-hours a month, up to the reading of 1 November 2026."""


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history=HISTORY)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


@pytest.fixture
async def stranger(database: Database, access_tokens: AccessTokens) -> SignedIn:
    """The owner of another company."""
    return await sign_in(database, access_tokens, await create_company(database))


@pytest.fixture
async def partner(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def partners_owner(
    database: Database, access_tokens: AccessTokens, partner: Company
) -> SignedIn:
    return await sign_in(database, access_tokens, partner)
