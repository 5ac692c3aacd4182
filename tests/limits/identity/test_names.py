"""Guesses are counted for what was typed, and silently for the member: security.md A4."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.limits import Limits
from app.models.limits.kinds import HOUR
from tests.factories.registry import Company, create_account
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.limits.identity.test_device_tokens import HOME, OURS, PHONE, enter, named
from tests.steps.identity.stories import Story


@pytest.fixture
async def tokens(app: FastAPI, story: Story, company: Company) -> dict[str, Any]:
    """What the owner got who signed up from home."""
    async with client_at(app, HOME, device=OURS) as client:
        home = Story(client, story.database, story.messages, story.gateway)
        return await home.sign_up(company, phone=PHONE)


async def test_over_all_names_of_a_member_guessing_is_no_faster(
    app: FastAPI,
    database: Database,
    company: Company,
    clock: FrozenClock,
    tokens: dict[str, Any],
) -> None:
    numbers = [company.account.account_number]
    for _ in range(3):
        account = await create_account(database, company.organization)
        numbers.append(account.account_number)
        async with database.begin() as transaction:
            transaction.add(
                AccountLink.of(
                    organization_id=company.organization.id,
                    account_organization_id=company.organization.id,
                    account_id=account.id,
                    now=clock.now(),
                )
            )
    for number in range(Limits().sign_ins_as_member.quota):
        name = {"account_number": numbers[number % 3]}
        answer = await enter(app, name, address=f"203.0.{number}.1", password="Wrong123!")
        assert answer.status_code == 401

    right = await enter(app, {"account_number": numbers[3]}, address="192.0.2.1")
    nobodys = await enter(app, {"account_number": "9999999999"}, address="192.0.3.1")
    at_home = await enter(app, named(company), address="192.0.2.1", token=tokens["device_token"])
    clock.advance(HOUR)
    later = await enter(app, {"account_number": numbers[3]}, address="192.0.2.1")

    assert right.status_code == 401
    assert {**right.json(), "request_id": None} == {**nobodys.json(), "request_id": None}
    assert right.headers["ratelimit"] == nobodys.headers["ratelimit"]
    assert at_home.status_code == 201
    assert later.status_code == 201


async def test_every_slip_has_a_budget_of_its_own(app: FastAPI) -> None:
    async def slip(typed: str) -> int:
        answer = await enter(
            app, {"account_number": typed}, address=f"203.0.{len(seen)}.1", password="Wrong123!"
        )
        return answer.status_code

    seen: list[int] = []
    for typed in ["ten-00 ", *["TEN-00"] * 19, "ten-00"]:
        seen += [await slip(typed)]

    assert seen == [401] * 20 + [429], "one name, however it is written"
    assert await slip("ten-01") == 401
    assert await slip("\x00\ud7ff") == 401


@pytest.mark.usefixtures("tokens")
async def test_a_failed_sign_in_tells_how_much_is_left_and_the_same_of_nobody(
    app: FastAPI, company: Company
) -> None:
    answers = [
        await enter(app, name, address=address, device=OURS, password="Wrong123!")
        for name, address in (
            (named(company), HOME),
            ({"account_number": "9999999999"}, "198.51.101.7"),
            ({"account_number": "no number"}, "198.51.102.7"),
            ({"phone": PHONE}, "198.51.103.7"),
        )
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert {answer.headers["ratelimit"] for answer in answers} == {
        '"sign-in";r=19;t=180, "sign-in-address";r=99;t=36, "sign-in-network";r=399;t=9'
    }
    assert answers[0].headers["www-authenticate"] == "Bearer"
