"""Time tells nobody whether an account exists: security.md A3, with its numbers."""

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import password_hash, sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import NOON
from tests.races.identity.timing import median_difference
from tests.steps.identity.resets import NOBODYS

pytestmark = [pytest.mark.committing, pytest.mark.slow]

SIGN_IN_PAIRS = 2_000
"""Each costs two hashes and more, which is what takes the time."""
RESET_PAIRS = 5_000
BOUND_MS = 1.0
NOBODYS_PHONE = "+380509999999"
Name = dict[str, str]

RESETS = [
    ("an owner's account", "nobody's account"),
    ("an owner's phone", "nobody's phone"),
    ("a clerk's phone", "nobody's phone"),
    ("a frozen clerk's phone", "nobody's phone"),
]
SIGN_INS = [*RESETS, ("an account that two cabinets show", "nobody's account")]
"""Those by phone cost one hash, those by account number two, whether or not anybody is there."""


@pytest.fixture
def passwords(strong_passwords: PasswordHasher) -> PasswordHasher:
    return strong_passwords


@pytest.fixture
async def names(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher
) -> dict[str, Name]:
    """What somebody may type in, by who it is."""
    company = await create_company(database)
    hashed = await password_hash(passwords)
    owner = await sign_in(database, access_tokens, company, password_hash=hashed)
    clerk = await sign_in(database, access_tokens, company, role="viewer", password_hash=hashed)
    frozen = await sign_in(
        database, access_tokens, company, role="viewer", password_hash=hashed, frozen_at=NOON
    )
    return {
        "an owner's account": {"account_number": company.account.account_number},
        "an account that two cabinets show": await shared(database, access_tokens, hashed),
        "nobody's account": {"account_number": NOBODYS},
        "an owner's phone": {"phone": owner.member.phone},
        "a clerk's phone": {"phone": clerk.member.phone},
        "a frozen clerk's phone": {"phone": frozen.member.phone},
        "nobody's phone": {"phone": NOBODYS_PHONE},
    }


async def shared(database: Database, access_tokens: AccessTokens, hashed: str) -> Name:
    owning, guest = [await create_company(database) for _ in range(2)]
    for company in (owning, guest):
        await sign_in(database, access_tokens, company, password_hash=hashed)
    async with database.begin() as transaction:
        transaction.add(
            AccountLink.of(
                organization_id=guest.organization.id,
                account_organization_id=owning.organization.id,
                account_id=owning.account.id,
                now=NOON,
            )
        )
    return {"account_number": owning.account.account_number}


@pytest.mark.parametrize(("somebody", "nobody"), SIGN_INS)
async def test_a_sign_in_takes_as_long_whoever_is_named(
    client: AsyncClient, names: dict[str, Name], somebody: str, nobody: str
) -> None:
    async def enter(name: Name) -> None:
        body = {**name, "password": "Wrong123!"}
        assert (await client.post("/v1/sessions", json=body)).status_code == 401

    low, high = await median_difference(
        lambda: enter(names[somebody]), lambda: enter(names[nobody]), pairs=SIGN_IN_PAIRS
    )

    assert -BOUND_MS < low <= high < BOUND_MS


@pytest.mark.parametrize(("somebody", "nobody"), RESETS)
async def test_a_reset_takes_as_long_whoever_is_named(
    client: AsyncClient, names: dict[str, Name], somebody: str, nobody: str
) -> None:
    async def start(name: Name) -> None:
        assert (await client.post("/v1/password-resets", json=name)).status_code == 202

    low, high = await median_difference(
        lambda: start(names[somebody]), lambda: start(names[nobody]), pairs=RESET_PAIRS
    )

    assert -BOUND_MS < low <= high < BOUND_MS
