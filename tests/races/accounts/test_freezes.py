"""Of a freeze and a submission for the frozen company's account one is first (security.md L7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx import AsyncClient
from sqlalchemy import func, update

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.faults.locks import until_somebody_waits
from tests.races.accounts.test_link_scopes import recorded, share, submit

pytestmark = pytest.mark.committing
ROUNDS = 5


@pytest.fixture
async def partner(database: Database) -> Company:
    """The company for whose account another submits."""
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def partners_owner(
    database: Database, access_tokens: AccessTokens, partner: Company
) -> SignedIn:
    return await sign_in(database, access_tokens, partner)


@pytest.fixture
async def asking(database: Database, access_tokens: AccessTokens) -> SignedIn:
    return await sign_in(database, access_tokens, await create_company(database))


@asynccontextmanager
async def freezing(database: Database, owner: SignedIn) -> AsyncIterator[None]:
    """Freeze the owner's cabinet in a transaction that commits when the block ends."""
    async with database.begin() as transaction:
        await transaction.execute(
            update(Member)
            .where(Member.organization_id == owner.member.organization_id)
            .values(cabinet_frozen_at=func.now())
        )
        yield


async def test_a_submission_that_meets_a_freeze_waits_and_is_refused(
    client: AsyncClient,
    database: Database,
    partner: Company,
    partners_owner: SignedIn,
    asking: SignedIn,
) -> None:
    await share(database, partner, asking, "readings")

    async with freezing(database, partners_owner):
        writing = asyncio.create_task(submit(client, asking, partner, 1100))
        await until_somebody_waits(database)

    assert await writing == "not_found"
    assert await recorded(database) == 0


async def test_nothing_is_recorded_once_the_owner_has_frozen_the_cabinet(
    client: AsyncClient,
    database: Database,
    partner: Company,
    partners_owner: SignedIn,
    asking: SignedIn,
) -> None:
    await share(database, partner, asking, "readings")
    before = asyncio.gather(
        *(submit(client, asking, partner, 1100 + number) for number in range(20))
    )

    frozen = await client.put("/v1/cabinet-freeze", headers=partners_owner.headers)
    known = await recorded(database)
    after = [await submit(client, asking, partner, 1200 + number) for number in range(3)]
    outcomes = await before

    assert frozen.status_code == 204
    assert set(after) == {"not_found"}
    assert set(outcomes) <= {"recorded", "not_found"}
    assert await recorded(database) == outcomes.count("recorded") == known


async def test_companies_that_submit_for_each_other_and_freeze_do_not_wait_in_a_ring(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    other = await create_company(database, history={"2026-10": "1000"})
    owners = [partners_owner, await sign_in(database, access_tokens, other)]
    clerks = [
        await sign_in(database, access_tokens, company, role="metering")
        for company in (partner, other)
    ]
    await share(database, partner, owners[1], "readings")
    await share(database, other, owners[0], "readings")

    async def freeze(owner: SignedIn) -> str:
        url = "/v1/cabinet-freeze"
        frozen = await client.put(url, headers=owner.headers)
        lifted = await client.delete(url, headers=owner.headers)
        return f"{frozen.status_code} {lifted.status_code}"

    for number in range(ROUNDS):
        outcomes = await asyncio.gather(
            *(submit(client, clerks[0], other, 1100 + 10 * number + each) for each in range(8)),
            *(submit(client, clerks[1], partner, 1100 + 10 * number + each) for each in range(8)),
            *(freeze(owner) for owner in owners),
        )

        assert set(outcomes[:-2]) <= {"recorded", "not_found", "session_ended"}
        assert outcomes[-2:] == ["204 204"] * 2
