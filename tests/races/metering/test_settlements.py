"""Settling while others write about the same registers: no value is lost and none counts twice."""

import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient

from app.database import Database
from app.errors import Busy
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.steps.metering.settling import (
    HISTORY,
    NOVEMBER_IS_CLOSED,
    add_reading,
    estimates,
    newest_amounts,
    settle_all,
    settlement_service,
    versions,
)

pytestmark = pytest.mark.committing


async def test_ten_workers_at_once_settle_each_account_once(database: Database) -> None:
    companies = [await create_company(database, history=HISTORY) for _ in range(20)]

    await asyncio.gather(*(settle_all(database, NOVEMBER_IS_CLOSED) for _ in range(10)))

    found = [await versions(database, company) for company in companies]
    assert all(len(each) == 1 for versions in found for each in versions.values())
    assert {len(each) for each in found} == {3}
    assert [len(await estimates(database, company)) for company in companies] == [1] * 20


async def test_who_submits_while_the_month_is_settled_is_settled_or_corrected_by_that_value(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    companies = [await create_company(database, history=HISTORY) for _ in range(20)]
    owners = [await sign_in(database, access_tokens, company) for company in companies]

    async def submit(number: int) -> int:
        await asyncio.sleep(0.003 * number)
        response = await client.post(
            f"/v1/accounts/{companies[number].account.id}/readings",
            json={
                "readings": [{"register_id": str(companies[number].register.id), "value": "2090"}]
            },
            headers=owners[number].headers,
        )
        return response.status_code

    statuses, _ = await asyncio.gather(
        asyncio.gather(*(submit(number) for number in range(20))),
        settle_all(database, NOVEMBER_IS_CLOSED),
    )
    await settle_all(database, NOVEMBER_IS_CLOSED)

    assert set(statuses) <= {201, 409}, Counter(statuses)
    for status, company in zip(statuses, companies, strict=True):
        amounts = await newest_amounts(database, company)
        assert amounts["2026-11"] == (90 if status == 201 else 98)


async def test_values_that_come_while_months_are_settled_end_in_the_same_energies(
    database: Database,
) -> None:
    companies = [await create_company(database, history=HISTORY) for _ in range(10)]

    async def settle() -> None:
        for _ in range(6):
            try:
                await settle_all(database, NOVEMBER_IS_CLOSED)
            except Busy:
                continue

    async def write(number: int) -> None:
        await asyncio.sleep(0.005 * number)
        await add_reading(database, companies[number], period="2026-11", value="2095", version=9)

    await asyncio.gather(settle(), settle(), *(write(number) for number in range(10)))
    await settle_all(database, NOVEMBER_IS_CLOSED)

    service = settlement_service(database, NOVEMBER_IS_CLOSED)
    assert await service.correct_changed() is None
    for company in companies:
        amounts = await newest_amounts(database, company)
        assert amounts["2026-11"] == 95
