"""Guessing passwords is slowed down, and nobody locks an owner out: security.md A4."""

from collections import Counter
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.database import Database
from tests.factories.people import PASSWORD
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.steps.identity.stories import Story

HOME = "198.51.100.7"


async def sign_in(client: AsyncClient, company: Company, password: str = PASSWORD) -> Response:
    body = {"account_number": company.account.account_number, "password": password}
    return await client.post("/v1/sessions", json=body)


async def wrong_from(app: FastAPI, company: Company, address: str) -> Response:
    async with client_at(app, address) as client:
        return await sign_in(client, company, "Wrong123!")


@pytest.fixture
async def registered(app: FastAPI, story: Story, company: Company) -> Company:
    """A company whose owner signed up from home."""
    async with client_at(app, HOME, device="the owner's browser") as client:
        await Story(client, story.database, story.messages, story.gateway).sign_up(company)
    return company


async def storm(app: FastAPI, company: Company, clock: FrozenClock, tries: int) -> Counter[int]:
    """Guess at the owner's password from everywhere, and let the owner sign in meanwhile."""
    refused: Counter[int] = Counter()
    async with client_at(app, HOME, device="the owner's browser") as owner:
        for number in range(tries):
            address = f"203.{number // 250 % 250}.{number % 250}.1"
            answer = await wrong_from(app, company, address)
            refused[answer.status_code] += 1
            if number % max(tries // 20, 1) == 0:
                clock.advance(timedelta(minutes=1))
                assert (await sign_in(owner, company)).status_code == 201
    return refused


async def test_wrong_tries_from_elsewhere_never_refuse_the_owners_device(
    app: FastAPI, registered: Company, clock: FrozenClock
) -> None:
    answers = await storm(app, registered, clock, 200)

    assert set(answers) == {401, 429}
    assert answers[401] <= 20 + 7, "twenty at once, and twenty an hour"


@pytest.mark.slow
async def test_ten_thousand_wrong_tries_from_elsewhere_neither(
    app: FastAPI, registered: Company, clock: FrozenClock
) -> None:
    answers = await storm(app, registered, clock, 10_000)

    assert answers[401] <= 20 + 7


async def test_the_owner_is_told_to_wait_on_a_device_that_nobody_knows(
    app: FastAPI, registered: Company, clock: FrozenClock
) -> None:
    for number in range(20):
        await wrong_from(app, registered, f"203.0.{number}.1")

    async with client_at(app, "192.0.2.1") as new_device:
        soon = await sign_in(new_device, registered)
        clock.advance(timedelta(minutes=3))
        later = await sign_in(new_device, registered)

    assert (soon.status_code, soon.json()["code"]) == (429, "too_many_attempts")
    assert soon.headers["retry-after"] == "180"
    assert soon.headers["ratelimit-policy"] == '"sign-in";q=20;w=3600'
    assert later.status_code == 201


@pytest.mark.parametrize(
    ("address", "device"), [(HOME, "another browser"), ("198.51.100.8", "the owner's browser")]
)
async def test_without_a_token_a_device_is_known_by_its_address_and_what_it_says_it_is(
    app: FastAPI, registered: Company, address: str, device: str
) -> None:
    for number in range(20):
        await wrong_from(app, registered, f"203.0.{number}.1")

    async with client_at(app, address, device=device) as other:
        assert (await sign_in(other, registered)).status_code == 429


async def test_a_device_is_forgotten_after_ninety_days(
    app: FastAPI, registered: Company, clock: FrozenClock
) -> None:
    clock.advance(timedelta(days=90))
    for number in range(20):
        await wrong_from(app, registered, f"203.0.{number}.1")

    async with client_at(app, HOME, device="the owner's browser") as home:
        assert (await sign_in(home, registered)).status_code == 429


async def test_a_known_device_has_a_budget_too(app: FastAPI, registered: Company) -> None:
    async with client_at(app, HOME, device="the owner's browser") as home:
        token = (await sign_in(home, registered)).json()["device_token"]
        home.headers["X-Device-Token"] = token
        answers = [(await sign_in(home, registered, "Wrong123!")).status_code for _ in range(21)]

    assert answers == [401] * 20 + [429]


async def test_an_address_that_guesses_everywhere_is_slowed_down(
    app: FastAPI, database: Database
) -> None:
    company = await create_company(database)
    statuses = []
    async with client_at(app, "203.0.113.1") as client:
        for number in range(101):
            body = {"account_number": f"88{number:08}", "password": "Wrong123!"}
            statuses.append((await client.post("/v1/sessions", json=body)).status_code)

    assert statuses == [401] * 100 + [429]
    assert (await wrong_from(app, company, "203.0.113.2")).status_code == 401


async def test_signing_in_as_often_as_one_likes_uses_up_nothing(
    app: FastAPI, registered: Company
) -> None:
    statuses = []
    for number in range(25):
        async with client_at(app, f"192.0.2.{number}", device="a new one") as client:
            statuses.append((await sign_in(client, registered)).status_code)

    assert set(statuses) == {201}


async def test_a_success_tells_how_much_is_left(app: FastAPI, registered: Company) -> None:
    async with client_at(app, "192.0.2.1", device="a new one") as client:
        await client.post("/v1/sessions", json={"phone": "0671234567", "password": "Wrong123!"})
        first = await sign_in(client, registered)
        client.headers["X-Device-Token"] = first.json()["device_token"]
        known = await sign_in(client, registered)

    assert first.headers["ratelimit"].startswith('"sign-in";r=20;t=')
    assert '"sign-in-address";r=99' in first.headers["ratelimit"]
    assert known.headers["ratelimit-policy"] == '"sign-in-device";q=20;w=900'


async def test_who_is_nobody_is_slowed_down_like_somebody(
    app: FastAPI, registered: Company
) -> None:
    seen = []
    for which, name in enumerate((registered.account.account_number, "9999999999")):
        answers = []
        for number in range(21):
            async with client_at(app, f"203.{which}.{number}.1") as client:
                body = {"account_number": name, "password": "Wrong123!"}
                answers.append(await client.post("/v1/sessions", json=body))
        seen.append([(each.status_code, each.headers.get("ratelimit")) for each in answers])

    assert seen[0] == seen[1]
