import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.member import Member
from app.models.messages.code_challenge import MAX_ATTEMPTS, CodeChallenge, Purpose
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import create_company
from tests.steps.identity.stories import wrong

pytestmark = pytest.mark.committing

NEW = "+380501234599"
URL = "/v1/me/phone-changes"
Codes = tuple[str, str]


async def new_owner(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher
) -> SignedIn:
    stored = await passwords.hash(PASSWORD)
    company = await create_company(database)
    return await sign_in(database, access_tokens, company, password_hash=stored)


async def start(
    client: AsyncClient, database: Database, secret_key: SecretKey, owner: SignedIn
) -> tuple[str, Codes]:
    body = {"new_phone": NEW, "current_password": PASSWORD}
    change_id = (await client.post(URL, json=body, headers=owner.headers)).json()["id"]
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(CodeChallenge).where(CodeChallenge.subject_id == change_id)
        )
        codes = {
            each.purpose: secret_key.code(
                challenge_id=each.id, purpose=each.purpose, phone=each.phone, length=each.length
            )
            for each in found
        }
    return change_id, (codes[Purpose.PHONE_CHANGE_OLD], codes[Purpose.PHONE_CHANGE_NEW])


async def confirm(
    client: AsyncClient, owner: SignedIn, change_id: str, codes: Codes
) -> tuple[int, str | None]:
    body = {"old_phone_code": codes[0], "new_phone_code": codes[1]}
    response = await client.post(
        f"{URL}/{change_id}/confirmations", json=body, headers=owner.headers
    )
    return response.status_code, response.json()["code"] if response.content else None


async def test_of_two_hundred_guesses_at_a_phone_change_five_are_judged(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    secret_key: SecretKey,
) -> None:
    owner = await new_owner(database, access_tokens, passwords)
    change_id, codes = await start(client, database, secret_key, owner)

    answers = await asyncio.gather(
        *(confirm(client, owner, change_id, (codes[0], wrong(codes[1]))) for _ in range(200))
    )

    assert set(answers) == {(422, "code_rejected")}
    async with database.begin() as transaction:
        assert set(await transaction.scalars(select(CodeChallenge.attempts))) == {MAX_ATTEMPTS}
    assert (await confirm(client, owner, change_id, codes))[1] == "code_rejected"


async def test_of_two_members_who_take_one_phone_at_once_one_gets_it(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    secret_key: SecretKey,
) -> None:
    owners = [await new_owner(database, access_tokens, passwords) for _ in range(8)]
    started = [await start(client, database, secret_key, owner) for owner in owners]

    answers = await asyncio.gather(
        *(confirm(client, owner, *change) for owner, change in zip(owners, started, strict=True))
    )

    assert Counter(answers) == {(204, None): 1, (409, "phone_already_used"): 7}
    async with database.begin() as transaction:
        holders = select(func.count()).select_from(Member).where(Member.phone == NEW)
        assert await transaction.scalar(holders) == 1


async def test_of_many_right_pairs_of_codes_at_once_one_wins(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    secret_key: SecretKey,
) -> None:
    owner = await new_owner(database, access_tokens, passwords)
    change_id, codes = await start(client, database, secret_key, owner)

    answers = await asyncio.gather(*(confirm(client, owner, change_id, codes) for _ in range(16)))

    assert Counter(answers)[204, None] == 1
    assert set(answers) == {(204, None), (422, "code_rejected")}
