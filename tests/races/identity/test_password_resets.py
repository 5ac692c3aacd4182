import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.session import Session
from app.models.messages.code_challenge import MAX_ATTEMPTS, CodeChallenge
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.steps.identity.resets import NOBODYS, code_of, confirm, start, started
from tests.steps.identity.stories import wrong

pytestmark = pytest.mark.committing


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def guess(client: AsyncClient, reset_id: str, code: str) -> tuple[int, int | None]:
    answer = await confirm(client, reset_id, code)
    return answer.status_code, answer.json().get("attempts_left")


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("whose", ["the owner's", "nobody's"])
async def test_of_two_hundred_guesses_at_once_five_are_judged(
    client: AsyncClient, database: Database, secret_key: SecretKey, company: Company, whose: str
) -> None:
    number = company.account.account_number if whose == "the owner's" else NOBODYS
    reset_id = (await start(client, number)).json()["id"]
    code = await code_of(database, secret_key, reset_id)

    answers = await asyncio.gather(*(guess(client, reset_id, wrong(code)) for _ in range(200)))

    left = Counter(left for status, left in answers if status == 422)
    assert {status for status, _ in answers} == {422}
    assert [left[number] for number in (4, 3, 2, 1)] == [1, 1, 1, 1]
    async with database.begin() as transaction:
        assert (await transaction.scalar(select(CodeChallenge.attempts))) == MAX_ATTEMPTS
    assert await guess(client, reset_id, code) == (422, 0)


@pytest.mark.usefixtures("owner")
async def test_of_many_right_codes_at_once_one_wins(
    client: AsyncClient, database: Database, secret_key: SecretKey, company: Company
) -> None:
    reset_id = await started(client, company)
    code = await code_of(database, secret_key, reset_id)

    answers = await asyncio.gather(*(guess(client, reset_id, code) for _ in range(64)))

    statuses = Counter(status for status, _ in answers)
    assert statuses.keys() <= {201, 422}
    assert statuses[201] == 1
    async with database.begin() as transaction:
        alive = select(func.count()).select_from(Session).where(Session.ended_at.is_(None))
        assert await transaction.scalar(alive) == 1
