"""Whoever holds a device that its member left signed in guesses the password five times."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import PASSWORD, SignedIn, headers_at, new_phone
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock

NEW_PASSWORD = "Another-1-Horse"
WRONG = "Wrong-1-Horse"


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


async def change(
    client: AsyncClient, owner: SignedIn, current: str, new: str = NEW_PASSWORD
) -> Response:
    body = {"current_password": current, "new_password": new}
    return await client.put("/v1/me/password", json=body, headers=owner.headers)


async def change_phone(client: AsyncClient, owner: SignedIn, current: str) -> Response:
    body = {"current_password": current, "new_phone": new_phone()}
    return await client.post("/v1/me/phone-changes", json=body, headers=owner.headers)


def refusal(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_after_five_wrong_passwords_the_right_one_waits_too(
    client: AsyncClient, access_tokens: AccessTokens, owner: SignedIn, clock: FrozenClock
) -> None:
    wrong = [await change(client, owner, WRONG) for _ in range(3)]
    wrong += [await change_phone(client, owner, WRONG) for _ in range(2)]

    late = [await change(client, owner, PASSWORD), await change_phone(client, owner, PASSWORD)]

    assert [refusal(each) for each in wrong] == [(422, "current_password_rejected")] * 5
    assert [refusal(each) for each in late] == [(429, "too_many_attempts")] * 2
    assert late[0].headers["retry-after"] == "720"
    assert late[0].headers["ratelimit-policy"] == '"current-password";q=5;w=3600'
    clock.advance(timedelta(minutes=12))
    owner.headers = headers_at(access_tokens, owner, clock.now())
    assert (await change(client, owner, PASSWORD)).status_code == 204


async def test_the_right_password_and_one_that_is_too_weak_cost_nothing(
    client: AsyncClient, owner: SignedIn
) -> None:
    for _ in range(6):
        assert refusal(await change(client, owner, PASSWORD, "weak")) == (422, "password_too_weak")
    for _ in range(3):
        assert (await change(client, owner, PASSWORD)).status_code == 204
        assert (await change(client, owner, NEW_PASSWORD, PASSWORD)).status_code == 204


async def test_elsewhere_the_owner_signs_in_meanwhile(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    for _ in range(6):
        await change(client, owner, WRONG)

    body = {"account_number": company.account.account_number, "password": PASSWORD}
    assert (await client.post("/v1/sessions", json=body)).status_code == 201


@pytest.mark.committing
async def test_of_fifty_wrong_passwords_at_once_five_are_judged(
    client: AsyncClient, owner: SignedIn
) -> None:
    answers = await asyncio.gather(*(change(client, owner, WRONG) for _ in range(50)))

    assert Counter(refusal(each) for each in answers) == {
        (422, "current_password_rejected"): 5,
        (429, "too_many_attempts"): 45,
    }
