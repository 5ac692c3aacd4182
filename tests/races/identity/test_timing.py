"""Time tells nobody whether an account exists: security.md A3, with its numbers."""

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import password_hash, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON
from tests.races.identity.timing import median_difference
from tests.steps.identity.resets import NOBODYS

pytestmark = [pytest.mark.committing, pytest.mark.slow]

PAIRS = 5_000
BOUND_MS = 1.0


@pytest.fixture
def passwords(strong_passwords: PasswordHasher) -> PasswordHasher:
    return strong_passwords


@pytest.fixture
async def company(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher
) -> Company:
    company = await create_company(database)
    hashed = await password_hash(passwords)
    await sign_in(database, access_tokens, company, password_hash=hashed)
    return company


async def test_a_sign_in_takes_as_long_whether_or_not_the_account_exists(
    client: AsyncClient, company: Company
) -> None:
    async def enter(number: str) -> None:
        body = {"account_number": number, "password": "Wrong123!"}
        assert (await client.post("/v1/sessions", json=body)).status_code == 401

    low, high = await median_difference(
        lambda: enter(company.account.account_number), lambda: enter(NOBODYS), pairs=PAIRS
    )

    assert -BOUND_MS < low <= high < BOUND_MS


async def test_a_sign_in_takes_as_long_where_two_cabinets_show_the_account(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
) -> None:
    guest = await create_company(database)
    await sign_in(database, access_tokens, guest, password_hash=await password_hash(passwords))
    async with database.begin() as session:
        session.add(
            AccountLink.of(
                organization_id=guest.organization.id,
                account_organization_id=company.organization.id,
                account_id=company.account.id,
                now=NOON,
            )
        )

    async def enter(number: str) -> None:
        body = {"account_number": number, "password": "Wrong123!"}
        assert (await client.post("/v1/sessions", json=body)).status_code == 401

    low, high = await median_difference(
        lambda: enter(company.account.account_number), lambda: enter(NOBODYS), pairs=PAIRS
    )

    assert -BOUND_MS < low <= high < BOUND_MS


async def test_a_reset_takes_as_long_whether_or_not_the_account_exists(
    client: AsyncClient, company: Company
) -> None:
    async def start(number: str) -> None:
        answer = await client.post("/v1/password-resets", json={"account_number": number})
        assert answer.status_code == 202

    low, high = await median_difference(
        lambda: start(company.account.account_number), lambda: start(NOBODYS), pairs=PAIRS
    )

    assert -BOUND_MS < low <= high < BOUND_MS
