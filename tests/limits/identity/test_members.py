"""Invitations and changes of phone cost like every other code: security.md O2, O8, O9."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import PASSWORD, SignedIn, headers_at, new_phone, sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.steps.identity.stories import Story, wrong

PHONE = "+380671234588"


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


async def invite(client: AsyncClient, who: SignedIn, phone: str = PHONE) -> Response:
    body = {"phone": phone, "full_name": "Олена", "role": "viewer"}
    return await client.post("/v1/invitations", json=body, headers=who.headers)


async def guess(story: Story, invitation_id: str) -> tuple[int, str]:
    code = wrong(await story.read_code(invitation_id))
    response = await story.client.post(
        f"/v1/invitations/{invitation_id}/acceptances", json={"code": code, "password": PASSWORD}
    )
    return response.status_code, response.json()["code"]


async def test_an_address_invites_five_times_an_hour(client: AsyncClient, owner: SignedIn) -> None:
    answers = [await invite(client, owner, new_phone()) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[5].json()["code"] == "too_many_attempts"
    assert '"sends-address-hour"' in answers[5].headers["ratelimit"]
    assert '"sends-invitation-day"' in answers[0].headers["ratelimit-policy"]


async def test_invitations_and_guesses_at_them_cost_the_invited_owner_no_reset(
    app: FastAPI, story: Story, database: Database, access_tokens: AccessTokens, owner: SignedIn
) -> None:
    victim = await create_company(database)
    signed_in = await sign_in(database, access_tokens, victim)
    for _ in range(2):
        invitation_id = (await invite(story.client, owner, signed_in.member.phone)).json()["id"]
        for _ in range(5):
            await story.client.post(
                f"/v1/invitations/{invitation_id}/acceptances",
                json={"code": "000000", "password": PASSWORD},
            )

    async with client_at(app, "203.0.113.9", device="the owner's browser") as client:
        body = {"account_number": victim.account.account_number}
        reset_id = (await client.post("/v1/password-resets", json=body)).json()["id"]
        code = await story.read_code(reset_id)
        done = await client.post(
            f"/v1/password-resets/{reset_id}/confirmations",
            json={"code": code, "new_password": PASSWORD},
        )

    assert done.status_code == 201


async def test_a_new_invitation_brings_no_fresh_guesses(
    story: Story, access_tokens: AccessTokens, owner: SignedIn, clock: FrozenClock
) -> None:
    answers = []
    for _ in range(3):
        invitation_id = (await invite(story.client, owner)).json()["id"]
        answers += [await guess(story, invitation_id) for _ in range(5)]
        clock.advance(timedelta(hours=1))
        owner.headers = headers_at(access_tokens, owner, clock.now())

    assert answers == [(422, "code_rejected")] * 10 + [(429, "too_many_attempts")] * 5


async def test_changes_of_phone_are_limited_for_both_phones(
    client: AsyncClient, access_tokens: AccessTokens, owner: SignedIn, clock: FrozenClock
) -> None:
    answers = []
    for _ in range(6):
        body = {"new_phone": new_phone(), "current_password": PASSWORD}
        answers.append(await client.post("/v1/me/phone-changes", json=body, headers=owner.headers))
        clock.advance(timedelta(hours=1))
        owner.headers = headers_at(access_tokens, owner, clock.now())

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[5].headers["ratelimit"].startswith('"sends-phone-day";r=0;')


async def test_whether_a_phone_is_a_customers_is_answered_ten_times_a_day(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, owner: SignedIn
) -> None:
    taken = await sign_in(database, access_tokens, await create_company(database))
    body = {"new_phone": taken.member.phone, "current_password": PASSWORD}

    answers = [
        await client.post("/v1/me/phone-changes", json=body, headers=owner.headers)
        for _ in range(11)
    ]

    codes = [answer.json()["code"] for answer in answers]
    assert codes == ["phone_already_used"] * 10 + ["too_many_attempts"]
    trail = await client.get("/v1/audit-events", headers=owner.headers)
    asked = [
        event["action"]
        for event in trail.json()["items"]
        if event["action"] == "member.phone_change_asked"
    ]
    assert len(asked) == 10
