from datetime import timedelta

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.messages.message import Message
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import SignedIn, headers_at
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.identity.phone_changing import (
    NEW,
    OLD,
    URL,
    confirm,
    owner_of,
    refusal,
)
from tests.steps.identity.stories import wrong


@pytest.fixture
async def owner(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher, company: Company
) -> SignedIn:
    return await owner_of(company, database, access_tokens, passwords)


async def resend(client: AsyncClient, who: SignedIn, change_id: str) -> Response:
    return await client.post(f"{URL}/{change_id}/codes", headers=who.headers)


async def test_both_codes_are_sent_again_a_minute_apart(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
    clock: FrozenClock,
) -> None:
    soon = await resend(client, owner, change_id)
    clock.advance(timedelta(minutes=1))
    resent = await resend(client, owner, change_id)

    assert refusal(soon) == (429, "resend_too_soon")
    body = resent.json()
    assert resent.status_code == 202
    assert {body[phone]["code"]["resend_at"] for phone in ("old_phone", "new_phone")} == {
        "2026-11-30T10:02:00Z"
    }
    async with database.begin() as transaction:
        phones = await transaction.scalars(select(Message.phone))
    assert sorted(phones) == sorted([OLD, NEW] * 2)
    assert (await confirm(client, owner, change_id, codes)).status_code == 204


async def test_codes_of_a_change_are_sent_three_times_and_for_an_hour(
    client: AsyncClient,
    access_tokens: AccessTokens,
    owner: SignedIn,
    change_id: str,
    clock: FrozenClock,
) -> None:
    answers = []
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        answers.append(await resend(client, owner, change_id))
    clock.moment = NOON + timedelta(hours=1)
    owner.headers = headers_at(access_tokens, owner, clock.moment)
    late = await resend(client, owner, change_id)

    assert [each.status_code for each in answers] == [202, 202, 429]
    assert refusal(late) == (409, "phone_change_closed")


async def test_a_change_that_is_done_or_somebody_elses_is_not_sent_again(
    client: AsyncClient,
    owner: SignedIn,
    stranger: SignedIn,
    change_id: str,
    codes: tuple[str, str],
    clock: FrozenClock,
) -> None:
    foreign = await resend(client, stranger, change_id)
    await confirm(client, owner, change_id, codes)
    clock.advance(timedelta(minutes=1))
    done = await resend(client, owner, change_id)

    assert refusal(foreign) == (404, "not_found")
    assert refusal(done) == (409, "phone_change_closed")


async def test_a_change_whose_guesses_are_used_up_is_not_sent_again(
    client: AsyncClient,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
    clock: FrozenClock,
) -> None:
    for _ in range(5):
        await confirm(client, owner, change_id, (codes[0], wrong(codes[1])))
    clock.advance(timedelta(minutes=1))

    response = await resend(client, owner, change_id)

    assert refusal(response) == (409, "phone_change_closed")


async def test_a_confirmation_may_be_repeated(
    client: AsyncClient, owner: SignedIn, change_id: str, codes: tuple[str, str]
) -> None:
    body = {"old_phone_code": codes[0], "new_phone_code": codes[1]}
    answers = [
        await client.post(
            f"{URL}/{change_id}/confirmations",
            json=body,
            headers=owner.headers | {"Idempotency-Key": "k-1"},
        )
        for _ in range(2)
    ]

    assert [(each.status_code, each.content) for each in answers] == [(204, b"")] * 2
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert "content-type" not in answers[1].headers
