"""Every route that writes asks who calls within its own transaction (security.md W8).

Made from the table of rights: a route that comes later is in it.
"""

import asyncio
from typing import Any, Final
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from app.database import Database
from app.models.identity.session import Session
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.architecture.bodies import content_of
from tests.architecture.rights import MEMBERS
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON
from tests.steps.identity.removing import LONGEST, wait_for_lock

pytestmark = pytest.mark.committing

KEEPS_NOTHING: Final = {
    # The address is sealed and not stored, and ends with the session that made it (W11).
    "POST /v1/accounts/{account_id}/consumption/chart-links",
}
WRITES: Final = sorted(
    route for route in MEMBERS if not route.startswith("GET ") and route not in KEEPS_NOTHING
)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def owner(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher, company: Company
) -> SignedIn:
    stored = await passwords.hash(PASSWORD)
    return await sign_in(database, access_tokens, company, password_hash=stored)


def content_for(route: str, company: Company) -> dict[str, Any]:
    """Return what is sent: true readings, since others are refused before anything is written."""
    reading = {"register_id": str(company.register.id), "value": "1100"}
    readings = {
        "POST /v1/accounts/{account_id}/readings": {"readings": [reading]},
        "POST /v1/reading-batches": {"items": [reading], "mode": "all_or_nothing"},
    }
    return {"json": readings[route]} if route in readings else content_of(route)


def path_of(route: str, company: Company) -> str:
    """Return the path with the company's own account, and ids of nothing elsewhere."""

    class Ids(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return str(uuid4())

    ids = Ids(account_id=str(company.account.id), tax_id="34067885")
    return route.partition(" ")[2].format_map(ids)


@pytest.mark.parametrize("route", WRITES)
async def test_a_write_of_a_session_that_is_being_ended_waits_and_is_refused(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, route: str
) -> None:
    method, path = route.partition(" ")[0], path_of(route, company)

    async with database.begin() as transaction:
        ending = update(Session).where(Session.id == owner.credentials.session_id)
        await transaction.execute(ending.values(ended_at=NOON))
        writing = asyncio.create_task(
            client.request(method, path, headers=owner.headers, **content_for(route, company))
        )
        await wait_for_lock(database, writing)
        assert not writing.done(), writing.result().text
    async with asyncio.timeout(LONGEST):
        answer = await writing

    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
