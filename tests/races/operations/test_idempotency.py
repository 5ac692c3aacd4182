import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import create_company

pytestmark = pytest.mark.committing


async def test_one_key_many_times_at_once_has_one_effect(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    company = await create_company(database, history={"2026-10": "1000"})
    owner = await sign_in(database, access_tokens, company)

    answers = await asyncio.gather(
        *(
            client.post(
                f"/v1/accounts/{company.account.id}/readings",
                json={"readings": [{"register_id": str(company.register.id), "value": "1100"}]},
                headers=owner.headers | {"Idempotency-Key": "k-1"},
            )
            for _ in range(40)
        )
    )

    fresh = [each for each in answers if each.status_code == 201]
    running = [each for each in answers if each.status_code == 409]
    assert len(fresh) + len(running) == 40
    assert {each.json()["code"] for each in running} <= {"idempotency_in_progress"}
    assert Counter(each.content for each in fresh).most_common()[0][1] == len(fresh)
    assert [("idempotency-replayed" in each.headers) for each in fresh].count(False) == 1
    async with database.begin() as transaction:
        readings = select(func.count()).select_from(Reading).where(Reading.source == "cabinet")
        assert await transaction.scalar(readings) == 1
