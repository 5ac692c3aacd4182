import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.metering.reading import CURRENT, Reading
from app.models.metering.reading_receipt import ReadingReceipt
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


async def submit(client: AsyncClient, owner: SignedIn, company: Company, value: int) -> int:
    response = await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [{"register_id": str(company.register.id), "value": str(value)}]},
        headers=owner.headers,
    )
    return response.status_code


async def november(database: Database, company: Company) -> list[Reading]:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Reading)
            .where(Reading.register_id == company.register.id, Reading.source == "cabinet")
            .order_by(Reading.version)
        )
        return list(found)


async def test_the_same_reading_a_hundred_times_at_once_is_one_row(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    statuses = await asyncio.gather(*(submit(client, owner, company, 1100) for _ in range(100)))

    assert Counter(statuses) == {201: 1, 200: 99}
    assert len(await november(database, company)) == 1
    async with database.begin() as transaction:
        assert len((await transaction.scalars(select(ReadingReceipt))).all()) == 1


async def test_different_values_at_once_leave_one_current(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    statuses = await asyncio.gather(
        *(submit(client, owner, company, 1100 + number) for number in range(30))
    )

    readings = await november(database, company)
    assert set(statuses) == {201}
    assert len(readings) == statuses.count(201)
    assert [reading.version for reading in readings] == list(range(1, len(readings) + 1))
    assert [reading.status in CURRENT for reading in readings].count(True) == 1
    assert readings[-1].status == "accepted"
    assert [reading.supersedes for reading in readings[1:]] == [
        reading.id for reading in readings[:-1]
    ]
