"""Nobody who follows the changes misses a reading, whoever writes meanwhile."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text

from app.database import Database
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from app.services.context import Context
from app.services.metering.reading_changes import ReadingChangeMarks
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import (
    Company,
    create_company,
    create_meter,
    create_reading,
    create_register,
)
from tests.fakes.clock import FrozenClock
from tests.steps.metering.following import everything_is_told

pytestmark = pytest.mark.committing
WRITERS = 20
ROUNDS = 5


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


class Follower:
    """A program that keeps a copy, and forgets nothing of what it was told."""

    def __init__(self, client: AsyncClient, database: Database, owner: SignedIn) -> None:
        self._client = client
        self._database = database
        self._owner = owner
        self._cursor: str | None = None
        self.copy: dict[str, dict[str, Any]] = {}

    async def look(self) -> int:
        query = {"limit": "3"} | ({"cursor": self._cursor} if self._cursor else {})
        answer = (
            await self._client.get("/v1/readings", params=query, headers=self._owner.headers)
        ).json()
        self._cursor = answer["next_cursor"]
        self.copy |= {each["id"]: each for each in answer["items"]}
        return len(answer["items"])

    async def look_to_the_end(self) -> None:
        """Look until nothing more comes, once every transaction of before has ended."""
        await everything_is_told(self._database)
        while await self.look():
            pass


async def test_an_earlier_transaction_that_commits_later_is_not_passed(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    slow, quick = [
        await create_register(database, await create_meter(database, company.account))
        for _ in range(2)
    ]
    follower = Follower(client, database, owner)
    await follower.look_to_the_end()
    async with database.begin() as transaction:
        # The transaction has its number, and waits.
        await transaction.execute(text("SELECT pg_current_xact_id()"))
        later = await create_reading(database, quick, period="2026-10", value="2")
        assert await follower.look() == 0
        earlier = Reading(
            **{
                each.key: getattr(later, each.key)
                for each in Reading.__table__.columns
                if each.key != "change"
            }
            | {"id": slow.id, "register_id": slow.id}
        )
        transaction.add(earlier)
    await follower.look_to_the_end()

    assert {str(slow.id), str(later.id)} <= set(follower.copy)


async def test_who_follows_a_storm_has_every_reading_as_it_is(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    registers = [
        await create_register(database, await create_meter(database, company.account))
        for _ in range(WRITERS)
    ]
    follower = Follower(client, database, owner)
    url = f"/v1/accounts/{company.account.id}/readings"

    async def write(register_id: object) -> list[int]:
        return [
            (
                await client.post(
                    url,
                    json={"readings": [{"register_id": str(register_id), "value": str(100 + n)}]},
                    headers=owner.headers,
                )
            ).status_code
            for n in range(ROUNDS)
        ]

    writing = asyncio.gather(*(write(each.id) for each in registers))
    while not writing.done():
        await follower.look()
    assert await writing == [[201] * ROUNDS] * WRITERS
    await follower.look_to_the_end()

    async with database.begin() as transaction:
        kept = {str(each.id): each.status for each in await transaction.scalars(select(Reading))}
    assert len(kept) == 1 + WRITERS * ROUNDS
    assert {key: each["status"] for key, each in follower.copy.items()} == kept


async def test_after_a_restore_elsewhere_changes_are_above_all_earlier(
    client: AsyncClient,
    database: Database,
    context: Context,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
) -> None:
    marks = ReadingChangeMarks(database=context.database, clock=clock)
    await asyncio.gather(*(marks.mark() for _ in range(5)))
    follower = Follower(client, database, owner)
    await follower.look_to_the_end()
    async with database.begin() as transaction:
        assert (await transaction.scalars(text("SELECT epoch FROM reading_epochs"))).all() == [0]
        await transaction.execute(text("UPDATE reading_epochs SET system_identifier = 1"))
        # As if the server that was restored from had counted much further.
        await transaction.execute(text("ALTER TABLE readings DISABLE TRIGGER note_reading_change"))
        await transaction.execute(text("UPDATE readings SET change = change + (1 << 30)"))
        await transaction.execute(text("ALTER TABLE readings ENABLE TRIGGER note_reading_change"))

    await asyncio.gather(*(marks.mark() for _ in range(5)))

    register = await create_register(database, await create_meter(database, company.account))
    new = await create_reading(database, register, period="2026-10", value="2")
    await follower.look_to_the_end()
    assert str(new.id) in follower.copy
    async with database.begin() as transaction:
        epochs = await transaction.scalars(text("SELECT epoch FROM reading_epochs ORDER BY 1"))
        assert epochs.all() == [0, 1]
