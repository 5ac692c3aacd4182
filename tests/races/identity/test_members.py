"""Whoever is shut out writes nothing after the commit that shut them out (security.md A7)."""

import asyncio

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.session import Session
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company

pytestmark = pytest.mark.committing


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


@pytest.fixture
async def clerk(
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,  # noqa: ARG001 - a cabinet has its owner first
) -> SignedIn:
    return await sign_in(database, access_tokens, company, role="metering")


async def submit(client: AsyncClient, who: SignedIn, company: Company, value: int) -> int:
    response = await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [{"register_id": str(company.register.id), "value": str(value)}]},
        headers=who.headers,
    )
    return response.status_code


async def count_readings(database: Database) -> int:
    async with database.begin() as transaction:
        theirs = select(func.count()).select_from(Reading).where(Reading.source == "cabinet")
        return await transaction.scalar(theirs) or 0


@pytest.mark.parametrize("how", ["removed", "frozen"])
async def test_nothing_is_written_once_the_owner_has_been_answered(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    clerk: SignedIn,
    how: str,
) -> None:
    url = f"/v1/members/{clerk.member.id}"
    body = {"is_frozen": True} if how == "frozen" else None
    method = "PATCH" if how == "frozen" else "DELETE"
    before = [submit(client, clerk, company, 1100 + number) for number in range(20)]
    writing = asyncio.gather(*before)

    answer = await client.request(method, url, json=body, headers=owner.headers)
    after = await asyncio.gather(
        *(submit(client, clerk, company, 1200 + number) for number in range(20))
    )
    statuses = await writing

    assert answer.status_code in {200, 204}
    assert set(after) == {401}
    assert set(statuses) <= {201, 401}
    assert await count_readings(database) == statuses.count(201)


async def test_a_member_removed_many_times_at_once_is_removed_once(
    client: AsyncClient, database: Database, owner: SignedIn, clerk: SignedIn
) -> None:
    answers = await asyncio.gather(
        *(client.delete(f"/v1/members/{clerk.member.id}", headers=owner.headers) for _ in range(20))
    )

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(204), set(statuses)) == (1, {204, 404})
    async with database.begin() as transaction:
        alive = select(func.count()).select_from(Session).where(Session.ended_at.is_(None))
        assert await transaction.scalar(alive) == 1
