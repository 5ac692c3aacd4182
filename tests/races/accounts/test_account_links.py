import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.customers.account_link import AccountLink
from app.models.messages.code_challenge import CodeChallenge
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_account, create_company

pytestmark = pytest.mark.committing
LINKS = "/v1/account-links"


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def current_links(database: Database) -> int:
    async with database.begin() as transaction:
        count = select(func.count()).select_from(AccountLink)
        return await transaction.scalar(count.where(AccountLink.ended_at.is_(None))) or 0


async def test_of_two_who_unlink_the_last_two_at_once_one_wins(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    for _ in range(5):
        other = await create_account(database, company.organization)
        body = {"account_number": other.account_number}
        assert (await client.post(LINKS, json=body, headers=owner.headers)).status_code == 201
        links = (await client.get(LINKS, headers=owner.headers)).json()["items"]

        answers = await asyncio.gather(
            *(client.delete(f"{LINKS}/{link['id']}", headers=owner.headers) for link in links)
        )

        assert sorted(answer.status_code for answer in answers) == [204, 409]
        assert await current_links(database) == 1


async def test_of_many_who_link_one_account_at_once_one_wins(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    other = await create_account(database, company.organization)
    body = {"account_number": other.account_number}

    answers = await asyncio.gather(
        *(client.post(LINKS, json=body, headers=owner.headers) for _ in range(20))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert await current_links(database) == 2


async def test_of_many_right_codes_at_once_one_wins(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    access_tokens: AccessTokens,
    secret_key: SecretKey,
) -> None:
    partner = await create_company(database)
    await sign_in(database, access_tokens, partner)
    body = {
        "account_number": partner.account.account_number,
        "tax_id": partner.organization.tax_id,
    }
    asked = (await client.post(LINKS, json=body, headers=owner.headers)).json()
    async with database.begin() as transaction:
        challenge = (await transaction.scalars(select(CodeChallenge))).one()
    code = secret_key.code(
        challenge_id=challenge.id,
        purpose=challenge.purpose,
        phone=challenge.phone,
        length=challenge.length,
    )

    answers = await asyncio.gather(
        *(
            client.post(
                f"{LINKS}/{asked['id']}/confirmations", json={"code": code}, headers=owner.headers
            )
            for _ in range(64)
        )
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 63}
    assert await current_links(database) == 3
    async with database.begin() as transaction:
        assert (await transaction.scalars(select(AccountLinkRequest.confirmed_at))).one()
