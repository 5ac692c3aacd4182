"""Hashes grow stronger as people sign in (A2), and a sign-in never outlives a new password."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from httpx import AsyncClient
from passlib.hash import argon2
from sqlalchemy import select
from typing_extensions import override

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.turns import Asker
from app.services.identity.sign_ins import MOST_LOOKS
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company

YESTERDAYS = argon2.using(type="ID", memory_cost=8192, rounds=1, parallelism=1)


class Interrupted(PasswordHasher):
    """Right after a password has been verified, something happens."""

    interruption: Coroutine[Any, Any, None] | None = None
    each_time: Callable[[], Coroutine[Any, Any, None]] | None = None
    verified: int = 0

    @override
    async def verify(
        self, password: str, stored: str | None, *, asker: Asker | None = None
    ) -> bool:
        is_right = await super().verify(password, stored, asker=asker)
        self.verified += 1
        if self.each_time is not None:
            await self.each_time()
        if self.interruption is not None:
            interruption, self.interruption = self.interruption, None
            await interruption
        return is_right


@pytest.fixture
def passwords() -> Iterator[Interrupted]:
    hasher = Interrupted(threads=1)
    yield hasher
    hasher.close()


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    weak = str(YESTERDAYS.hash(PASSWORD))
    return await sign_in(database, access_tokens, company, password_hash=weak)


async def stored(database: Database, owner: SignedIn) -> str:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Member.password_hash).where(Member.id == owner.member.id)
        )
        return found.one()


async def store(database: Database, owner: SignedIn, hashed: str) -> None:
    async with database.begin() as session:
        key = (owner.member.organization_id, owner.member.id)
        (await session.get_one(Member, key)).password_hash = hashed


async def enter(client: AsyncClient, company: Company, password: str = PASSWORD) -> int:
    body = {"account_number": company.account.account_number, "password": password}
    return (await client.post("/v1/sessions", json=body)).status_code


async def test_a_hash_of_yesterdays_strength_is_renewed_on_sign_in(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    passwords: Interrupted,
) -> None:
    assert passwords.is_outdated(await stored(database, owner))
    assert await enter(client, company, "Wrong123!") == 401
    assert passwords.is_outdated(await stored(database, owner))

    assert await enter(client, company) == 201

    renewed = await stored(database, owner)
    assert not passwords.is_outdated(renewed)
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await enter(client, company) == 201
    assert await stored(database, owner) == renewed


@pytest.mark.parametrize("strength", ["today's", "yesterday's"])
@pytest.mark.parametrize("replaced_by", ["another password", "the same, by another sign-in"])
async def test_a_password_replaced_while_it_is_verified_is_asked_again(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    passwords: Interrupted,
    strength: str,
    replaced_by: str,
) -> None:
    if strength == "today's":
        await store(database, owner, await passwords.hash(PASSWORD))
    is_same = replaced_by != "another password"
    other = await passwords.hash(PASSWORD if is_same else "Another-1-Horse")
    passwords.interruption = store(database, owner, other)

    assert await enter(client, company) == (201 if is_same else 401)
    assert await stored(database, owner) == other


async def test_a_password_that_is_replaced_all_the_time_is_judged_three_times(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    passwords: Interrupted,
) -> None:
    async def replace() -> None:
        await store(database, owner, str(YESTERDAYS.hash(PASSWORD)))

    passwords.each_time = replace
    body = {"account_number": company.account.account_number, "password": PASSWORD}

    answer = await client.post("/v1/sessions", json=body)

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "1"
    assert passwords.verified == MOST_LOOKS
    passwords.each_time = None
    assert await enter(client, company) == 201
