"""However many submissions of a company meet, its chain of receipts has no fork and no hole."""

import asyncio

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.metering.reading_receipt import ReadingReceipt
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import create_company, create_register
from tests.steps.metering.receipts import verified

pytestmark = pytest.mark.committing

SUBMISSIONS = 60
REGISTERS = 5


async def test_of_many_submissions_at_once_each_has_a_place_of_its_own(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    company = await create_company(database)
    owner = await sign_in(database, access_tokens, company)
    registers = [
        await create_register(database, company.meter, code=f"1.8.{number}")
        for number in range(1, REGISTERS + 1)
    ]

    async def submit(number: int) -> int:
        register = registers[number % REGISTERS]
        answer = await client.post(
            f"/v1/accounts/{company.account.id}/readings",
            json={
                "readings": [{"register_id": str(register.id), "value": str(100 + number)}],
                "confirm_unusual": True,
            },
            headers=owner.headers,
        )
        return answer.status_code

    statuses = await asyncio.gather(*(submit(number) for number in range(SUBMISSIONS)))

    assert statuses == [201] * SUBMISSIONS
    async with database.begin() as session:
        receipts = (
            await session.scalars(select(ReadingReceipt).order_by(ReadingReceipt.number))
        ).all()
    assert [each.number for each in receipts] == list(range(1, SUBMISSIONS + 1))
    hashes = ["0" * 64, *(each.hash for each in receipts)]
    assert [each.previous_hash for each in receipts] == hashes[:-1]
    [chain] = await verified(database)
    assert (chain.receipts, chain.fault) == (SUBMISSIONS, None)


async def test_companies_do_not_wait_for_each_other(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    companies = [await create_company(database) for _ in range(4)]
    owners = [await sign_in(database, access_tokens, company) for company in companies]

    async def submit(number: int) -> int:
        company, owner = companies[number % 4], owners[number % 4]
        answer = await client.post(
            f"/v1/accounts/{company.account.id}/readings",
            json={
                "readings": [{"register_id": str(company.register.id), "value": str(100 + number)}],
                "confirm_unusual": True,
            },
            headers=owner.headers,
        )
        return answer.status_code

    statuses = await asyncio.gather(*(submit(number) for number in range(40)))

    assert set(statuses) == {201}
    assert [(each.receipts, each.fault) for each in await verified(database)] == [(10, None)] * 4
