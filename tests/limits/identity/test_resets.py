"""Whoever floods an owner's reset hears what they would hear of nobody's: A3, O8, O9."""

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import func, select

from app.database import Database
from app.models.limits.kinds import DAY
from app.models.messages.code_challenge import Purpose
from app.models.messages.message import Message
from tests.factories.people import PASSWORD
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.steps.identity.stories import Story, wrong

HOME = "198.51.100.7"
OURS = "the owner's browser"
RESETS = "/v1/password-resets"


@pytest.fixture
async def token(app: FastAPI, story: Story, company: Company) -> str:
    """What names the device on which the owner signed up from home."""
    async with client_at(app, HOME, device=OURS) as client:
        home = Story(client, story.database, story.messages, story.gateway)
        found: str = (await home.sign_up(company))["device_token"]
    return found


@pytest.fixture
def registered(company: Company, token: str) -> Company:
    assert token
    return company


async def ask(
    app: FastAPI, number: str, address: str, *, device: str = "bot", token: str = ""
) -> Response:
    async with client_at(app, address, device=device) as client:
        headers = {"X-Device-Token": token}
        return await client.post(RESETS, json={"account_number": number}, headers=headers)


async def sent(database: Database) -> int:
    of_resets = select(func.count()).where(Message.template == Purpose.PASSWORD_RESET)
    async with database.begin() as transaction:
        return await transaction.scalar(of_resets) or 0


async def test_a_flood_leaves_a_code_for_the_owners_own_device(
    app: FastAPI, database: Database, registered: Company, clock: FrozenClock, token: str
) -> None:
    number = registered.account.account_number
    clock.advance(DAY)  # since the sign-up, whose code was one of the phone's five a day

    flood = [await ask(app, number, f"203.0.{each}.1") for each in range(6)]
    counts = [await sent(database)]
    nearby = [await ask(app, number, HOME, device=OURS) for _ in range(3)]
    counts.append(await sent(database))
    at_home = await ask(app, number, "192.0.2.77", device="the same, elsewhere", token=token)
    counts.append(await sent(database))

    assert [answer.status_code for answer in flood] == [202] * 4 + [429] * 2
    assert [answer.status_code for answer in nearby] == [202] * 2 + [429]
    assert nearby[2].headers["ratelimit-policy"] == flood[5].headers["ratelimit-policy"]
    assert at_home.status_code == 202
    assert counts == [3, 4, 5], "strangers, then a neighbour, and one was left for the owner"


async def test_a_flood_of_nobodys_account_is_answered_alike_and_costs_nothing(
    app: FastAPI, database: Database, registered: Company
) -> None:
    def told(answer: Response) -> tuple[int, object, object]:
        return answer.status_code, answer.headers.get("ratelimit"), answer.json().get("code")

    numbers = (registered.account.account_number, "9999999999")
    seen = [
        [told(await ask(app, number, f"203.0.{each}.1")) for each in range(6)] for number in numbers
    ]

    assert seen[0] == seen[1]
    assert await sent(database) == 3


async def test_guesses_from_elsewhere_leave_some_for_the_owners_own_device(
    app: FastAPI, story: Story, registered: Company, token: str
) -> None:
    number = registered.account.account_number

    async def confirm(reset_id: str, code: str, address: str, device: str) -> Response:
        body = {"code": code, "new_password": PASSWORD + "x"}
        headers = {"X-Device-Token": token} if device == OURS else {}
        async with client_at(app, address, device=device) as client:
            path = f"{RESETS}/{reset_id}/confirmations"
            return await client.post(path, json=body, headers=headers)

    reset_id, code = "", ""
    for each in range(2):
        reset_id = (await ask(app, number, f"203.0.{each}.1")).json()["id"]
        code = await story.read_code(reset_id)
        for _ in range(4):
            refused = await confirm(reset_id, wrong(code), "203.0.9.1", "bot")
            assert refused.json()["code"] == "code_rejected"
    elsewhere = await confirm(reset_id, code, "203.0.9.1", "bot")
    reset_id = (await ask(app, number, HOME, device=OURS, token=token)).json()["id"]
    at_home = await confirm(reset_id, await story.read_code(reset_id), HOME, OURS)

    assert elsewhere.json()["code"] == "code_rejected", "the right one, too late and from elsewhere"
    assert at_home.status_code == 201
