import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.models.messages.code_challenge import MAX_ATTEMPTS, CodeChallenge
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, new_phone
from tests.factories.registry import Company, create_company
from tests.steps.identity.stories import wrong

pytestmark = pytest.mark.committing


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


async def start(client: AsyncClient, company: Company, phone: str) -> str:
    response = await client.post(
        "/v1/sign-ups",
        json={
            "phone": phone,
            "account_number": company.account.account_number,
            "tax_id": company.organization.tax_id,
            "password": PASSWORD,
        },
    )
    sign_up_id: str = response.json()["id"]
    return sign_up_id


async def code_of(database: Database, secret_key: SecretKey, sign_up_id: str) -> str:
    async with database.begin() as transaction:
        challenge = (
            await transaction.scalars(
                select(CodeChallenge).where(CodeChallenge.subject_id == sign_up_id)
            )
        ).one()
    return secret_key.code(
        challenge_id=challenge.id,
        purpose=challenge.purpose,
        phone=challenge.phone,
        length=challenge.length,
    )


async def confirm(client: AsyncClient, sign_up_id: str, code: str) -> tuple[int, str | None]:
    response = await client.post(f"/v1/sign-ups/{sign_up_id}/confirmations", json={"code": code})
    return response.status_code, response.json().get("code")


async def count(database: Database, table: type) -> int:
    async with database.begin() as transaction:
        return await transaction.scalar(select(func.count()).select_from(table)) or 0


async def test_of_two_hundred_guesses_at_once_five_are_judged(
    client: AsyncClient, database: Database, secret_key: SecretKey, company: Company
) -> None:
    sign_up_id = await start(client, company, new_phone())
    code = await code_of(database, secret_key, sign_up_id)

    answers = await asyncio.gather(
        *(
            client.post(f"/v1/sign-ups/{sign_up_id}/confirmations", json={"code": wrong(code)})
            for _ in range(200)
        )
    )

    judged = [answer for answer in answers if answer.status_code == 422]
    left = Counter(answer.json()["attempts_left"] for answer in judged)
    assert {answer.status_code for answer in answers} == {422}
    assert [left[number] for number in (4, 3, 2, 1)] == [1, 1, 1, 1]
    async with database.begin() as transaction:
        assert (await transaction.scalar(select(CodeChallenge.attempts))) == MAX_ATTEMPTS
    assert (await confirm(client, sign_up_id, code))[1] == "code_rejected"


async def test_of_many_right_codes_at_once_one_wins(
    client: AsyncClient, database: Database, secret_key: SecretKey, company: Company
) -> None:
    sign_up_id = await start(client, company, new_phone())
    code = await code_of(database, secret_key, sign_up_id)

    answers = await asyncio.gather(*(confirm(client, sign_up_id, code) for _ in range(64)))

    assert Counter(status for status, _ in answers) == {201: 1, 422: 63}
    assert await count(database, Member) == await count(database, Session) == 1


async def test_of_fifty_sign_ups_of_one_pair_one_wins(
    client: AsyncClient, database: Database, secret_key: SecretKey, company: Company
) -> None:
    started = await asyncio.gather(*(start(client, company, new_phone()) for _ in range(50)))
    codes = [await code_of(database, secret_key, sign_up_id) for sign_up_id in started]

    answers = await asyncio.gather(
        *(confirm(client, *pair) for pair in zip(started, codes, strict=True))
    )

    assert Counter(answers) == {(201, None): 1, (409, "pair_already_registered"): 49}
    assert await count(database, Member) == await count(database, AccountLink) == 1


async def test_of_companies_that_claim_one_phone_at_once_one_wins(
    client: AsyncClient, database: Database, secret_key: SecretKey
) -> None:
    phone = new_phone()
    companies = [await create_company(database) for _ in range(20)]
    started = [await start(client, company, phone) for company in companies]
    codes = [await code_of(database, secret_key, sign_up_id) for sign_up_id in started]

    answers = await asyncio.gather(
        *(confirm(client, *pair) for pair in zip(started, codes, strict=True))
    )

    assert Counter(answers) == {(201, None): 1, (409, "phone_already_used"): 19}
    assert await count(database, Member) == 1
