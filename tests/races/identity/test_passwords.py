"""A session ended by a new password is over for whoever was in the middle of something (A7)."""

import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.session import Session
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, bearer, password_hash, sign_in
from tests.factories.registry import Company, create_company

pytestmark = pytest.mark.committing

NEW_PASSWORD = "Another-1-Horse"


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def owner(
    database: Database, access_tokens: AccessTokens, company: Company, passwords: PasswordHasher
) -> SignedIn:
    hashed = await password_hash(passwords)
    return await sign_in(database, access_tokens, company, password_hash=hashed)


async def change(client: AsyncClient, owner: SignedIn, new: str = NEW_PASSWORD) -> Response:
    body = {"current_password": PASSWORD, "new_password": new}
    return await client.put("/v1/me/password", json=body, headers=owner.headers)


async def enter(client: AsyncClient, company: Company, password: str = PASSWORD) -> Response:
    body = {"account_number": company.account.account_number, "password": password}
    return await client.post("/v1/sessions", json=body)


async def submit(
    client: AsyncClient, company: Company, headers: dict[str, str], value: int
) -> Response:
    return await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [{"register_id": str(company.register.id), "value": str(value)}]},
        headers=headers,
    )


async def test_a_write_of_an_ended_session_is_refused_at_once(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    other = bearer((await enter(client, company)).json()["access_token"])
    done = asyncio.Event()
    late: list[int] = []

    async def keep_writing() -> None:
        value = 1100
        while len(late) < 5:
            was_done = done.is_set()
            value += 1
            answer = await submit(client, company, other, value)
            if was_done:
                late.append(answer.status_code)

    async def replace() -> None:
        await asyncio.sleep(0.05)
        assert (await change(client, owner)).status_code == 204
        done.set()

    await asyncio.gather(keep_writing(), replace())

    assert late == [401] * 5
    async with database.begin() as transaction:
        before = await transaction.scalar(select(func.count()).select_from(Reading))
    await submit(client, company, other, 5000)
    async with database.begin() as transaction:
        assert await transaction.scalar(select(func.count()).select_from(Reading)) == before


async def test_no_sign_in_with_the_old_password_survives_the_new_one(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    answers = await asyncio.gather(
        *(enter(client, company) for _ in range(4)),
        change(client, owner),
        *(enter(client, company) for _ in range(4)),
    )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 204, 401}
    assert statuses[204] == 1
    async with database.begin() as transaction:
        alive = (await transaction.scalars(select(Session).where(Session.ended_at.is_(None)))).all()
        assert [each.id for each in alive] == [owner.credentials.session_id]


async def test_of_two_new_passwords_at_once_one_is_taken(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    candidates = [f"{NEW_PASSWORD}{number}" for number in range(5)]

    answers = await asyncio.gather(*(change(client, owner, new) for new in candidates))

    statuses = [answer.status_code for answer in answers]
    assert Counter(statuses) == {204: 1, 422: 4}
    assert (await enter(client, company, candidates[statuses.index(204)])).status_code == 201
