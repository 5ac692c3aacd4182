import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.member import Member
from app.models.messages.code_challenge import MAX_ATTEMPTS, CodeChallenge
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import create_company
from tests.races.identity.test_sign_up import code_of
from tests.steps.identity.stories import wrong

pytestmark = pytest.mark.committing

PHONE = "+380671234588"


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens) -> SignedIn:
    return await sign_in(database, access_tokens, await create_company(database))


async def invite(client: AsyncClient, owner: SignedIn) -> str:
    body = {"phone": PHONE, "full_name": "Олена Кравець", "role": "viewer"}
    response = await client.post("/v1/invitations", json=body, headers=owner.headers)
    invitation_id: str = response.json()["id"]
    return invitation_id


async def accept(client: AsyncClient, invitation_id: str, code: str) -> tuple[int, str | None]:
    response = await client.post(
        f"/v1/invitations/{invitation_id}/acceptances", json={"code": code, "password": PASSWORD}
    )
    return response.status_code, response.json().get("code")


async def test_of_two_hundred_guesses_at_an_invitation_five_are_judged(
    client: AsyncClient, database: Database, secret_key: SecretKey, owner: SignedIn
) -> None:
    invitation_id = await invite(client, owner)
    code = await code_of(database, secret_key, invitation_id)

    answers = await asyncio.gather(
        *(accept(client, invitation_id, wrong(code)) for _ in range(200))
    )

    assert set(answers) <= {(422, "code_rejected"), (429, "too_many_attempts")}
    async with database.begin() as transaction:
        assert await transaction.scalar(select(CodeChallenge.attempts)) == MAX_ATTEMPTS
    assert (await accept(client, invitation_id, code))[0] != 201


async def test_of_many_acceptances_at_once_one_wins(
    client: AsyncClient, database: Database, secret_key: SecretKey, owner: SignedIn
) -> None:
    invitation_id = await invite(client, owner)
    code = await code_of(database, secret_key, invitation_id)

    answers = await asyncio.gather(*(accept(client, invitation_id, code) for _ in range(64)))

    assert Counter(answers)[201, None] == 1
    assert {each for each in answers if each[0] != 201} == {(422, "code_rejected")}
    async with database.begin() as transaction:
        members = select(func.count()).select_from(Member).where(Member.phone == PHONE)
        assert await transaction.scalar(members) == 1


async def test_an_invitation_withdrawn_while_it_is_accepted_is_one_or_the_other(
    client: AsyncClient, database: Database, secret_key: SecretKey, owner: SignedIn
) -> None:
    for _ in range(4):
        invitation_id = await invite(client, owner)
        code = await code_of(database, secret_key, invitation_id)

        (accepted, _), withdrawn = await asyncio.gather(
            accept(client, invitation_id, code),
            client.delete(f"/v1/invitations/{invitation_id}", headers=owner.headers),
        )

        assert (accepted, withdrawn.status_code) in {(201, 409), (409, 204)}
        members = (await client.get("/v1/members", headers=owner.headers)).json()["items"]
        assert len(members) == (2 if accepted == 201 else 1)
        for member in members[1:]:
            await client.delete(f"/v1/members/{member['id']}", headers=owner.headers)
