"""What members cause by SMS takes nothing that their owner, or another one, needs (B4)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.member import MOST_TOLD, Member
from app.models.limits import Limits
from app.models.messages.message import Message, Notice
from app.repositories.limits import LimitRepository
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, new_phone, password_hash, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.steps.identity.stories import Story

CAP: Final = 200
RESERVE: Final = 50
MEMBERS: Final = 60
FORGETFUL: Final = 3
"""Members who reset their passwords, with news to ten people each."""
A_DAY: Final = 10
"""Changes of phone that one company may ask for."""
NEW_PASSWORD: Final = "Another-1-Horse"


@pytest.fixture
def limits() -> Limits:
    return Limits().costing(price=Decimal(1), daily_cap=Decimal(CAP))


@dataclass
class Crowd:
    """A cabinet with very many members."""

    app: FastAPI
    story: Story
    limits: Limits
    clock: FrozenClock
    owner: SignedIn
    colleagues: list[SignedIn]

    async def device_of(self, who: SignedIn, address: str) -> str:
        body = {"phone": who.member.phone, "password": PASSWORD}
        async with client_at(self.app, address) as client:
            token: str = (await client.post("/v1/sessions", json=body)).json()["device_token"]
        return token

    async def ask(self, who: SignedIn, address: str, token: str = "") -> Response:
        body = {"phone": who.member.phone}
        headers = {"X-Device-Token": token}
        async with client_at(self.app, address) as client:
            return await client.post("/v1/password-resets", json=body, headers=headers)

    async def reset(self, who: SignedIn, address: str, token: str = "") -> Response:
        reset_id = (await self.ask(who, address, token)).json()["id"]
        body = {"code": await self.story.read_code(reset_id), "new_password": NEW_PASSWORD}
        async with client_at(self.app, address) as client:
            return await client.post(f"/v1/password-resets/{reset_id}/confirmations", json=body)

    async def told(self) -> list[str]:
        news = select(Message.phone).where(Message.template == Notice.PASSWORD_WAS_RESET)
        async with self.story.database.begin() as transaction:
            return list(await transaction.scalars(news.order_by(Message.id)))

    async def spent(self) -> int:
        async with self.story.database.begin() as transaction:
            return await transaction.scalar(select(func.count()).select_from(Message)) or 0

    async def left(self, share: str = "all") -> int:
        async with self.story.database.begin() as transaction:
            money = [self.limits.shares()[share]]
            [left] = await LimitRepository(transaction).left(money, now=self.clock.now())
        return left


@pytest.fixture
async def crowd(
    app: FastAPI,
    story: Story,
    limits: Limits,
    clock: FrozenClock,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
) -> Crowd:
    same: dict[str, Any] = {"password_hash": await password_hash(passwords)}
    colleagues = [
        await sign_in(database, access_tokens, company, role="viewer", **same)
        for _ in range(MEMBERS)
    ]
    owner = await sign_in(database, access_tokens, company, **same)
    return Crowd(app, story, limits, clock, owner, colleagues)


async def test_of_very_many_members_ten_are_told_the_owner_first(
    crowd: Crowd, database: Database
) -> None:
    async with database.begin() as transaction:
        kept_out = await transaction.get_one(
            Member, (crowd.owner.member.organization_id, crowd.colleagues[0].member.id)
        )
        kept_out.frozen_at = crowd.clock.now()

    answer = await crowd.reset(crowd.owner, "198.51.100.7")

    oldest = [each.member.phone for each in crowd.colleagues[1:MOST_TOLD]]
    assert answer.status_code == 201
    assert await crowd.told() == [crowd.owner.member.phone, *oldest]


async def test_of_a_members_reset_they_hear_first_and_then_the_owner(crowd: Crowd) -> None:
    await crowd.reset(crowd.colleagues[-1], "198.51.100.7")

    told = await crowd.told()
    assert told[:2] == [crowd.colleagues[-1].member.phone, crowd.owner.member.phone]
    assert len(told) == MOST_TOLD


async def test_whatever_members_ask_for_the_owner_still_gets_a_code_and_the_news(
    crowd: Crowd,
) -> None:
    owners = await crowd.device_of(crowd.owner, "198.51.100.7")
    for number, colleague in enumerate(crowd.colleagues):
        address = f"203.{number}.0.1"
        if number < FORGETFUL:
            await crowd.reset(colleague, address)
            continue
        token = await crowd.device_of(colleague, address)
        for _ in range(4):
            assert (await crowd.ask(colleague, address, token)).status_code == 202

    left, before = await crowd.left(), len(await crowd.told())
    answer = await crowd.reset(crowd.owner, "192.0.2.9", owners)

    assert left >= RESERVE
    assert answer.status_code == 201
    assert (await crowd.told())[before:] == [crowd.owner.member.phone]
    assert await crowd.spent() == CAP - await crowd.left()


async def test_changes_of_phone_spend_what_strangers_may_spend_and_pay_for_their_news(
    crowd: Crowd,
) -> None:
    for number, colleague in enumerate(crowd.colleagues):
        body = {"new_phone": new_phone(), "current_password": PASSWORD}
        async with client_at(crowd.app, f"203.{number}.0.1") as client:
            answer = await client.post("/v1/me/phone-changes", json=body, headers=colleague.headers)
        assert answer.status_code == (202 if number < A_DAY else 429)

    assert await crowd.left("all") == CAP - 3 * A_DAY, "two codes each, and the news"
    assert await crowd.left("new_phones") == CAP // 2 - 3 * A_DAY
