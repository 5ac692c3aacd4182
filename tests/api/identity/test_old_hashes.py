"""Passwords that were hashed when hashing was cheaper."""

import pytest
from httpx import AsyncClient
from passlib.hash import argon2

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, sign_in
from tests.factories.registry import create_account, create_company, create_organization

CHEAPER = argon2.using(type="ID", memory_cost=1024, rounds=1, parallelism=1)


@pytest.fixture
def passwords(strong_passwords: PasswordHasher) -> PasswordHasher:
    return strong_passwords


async def test_an_old_hash_is_renewed_when_its_owner_signs_in(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    old = CHEAPER.hash(PASSWORD)
    company = await create_company(database)
    owner = await sign_in(database, access_tokens, company, password_hash=old)
    body = {"phone": owner.member.phone, "password": PASSWORD}

    first = await client.post("/v1/sessions", json=body)

    assert first.status_code == 201
    async with database.begin() as transaction:
        member = await transaction.get_one(Member, (company.organization.id, owner.member.id))
        assert member.password_hash != old
    assert (await client.post("/v1/sessions", json=body)).status_code == 201


async def test_what_is_no_account_number_is_rejected_like_any_other(
    client: AsyncClient, database: Database
) -> None:
    account = await create_account(database, await create_organization(database))

    answers = [
        await client.post("/v1/sessions", json={"account_number": number, "password": PASSWORD})
        for number in (account.account_number, "", "12", "\0", "nonsense")
    ]

    codes = {(answer.status_code, answer.json()["code"]) for answer in answers}
    assert codes == {(401, "credentials_rejected")}
