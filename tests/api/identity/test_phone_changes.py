from datetime import timedelta
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.messages.message import Message
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.services.messages.delivery import MessageService
from tests.factories.people import PASSWORD, SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway
from tests.steps.identity.phone_changing import (
    NEW,
    OLD,
    confirm,
    owner_of,
    refusal,
    start,
)
from tests.steps.identity.stories import bearer, wrong


@pytest.fixture
async def owner(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher, company: Company
) -> SignedIn:
    return await owner_of(company, database, access_tokens, passwords)


async def phone_of(database: Database, who: SignedIn) -> str:
    async with database.begin() as transaction:
        return (
            await transaction.scalars(select(Member.phone).where(Member.id == who.member.id))
        ).one()


async def test_a_code_goes_to_each_of_the_phones(client: AsyncClient, owner: SignedIn) -> None:
    response = await start(client, owner)

    body = response.json()
    sent = {
        "code": {
            "length": 8,
            "expires_at": "2026-11-30T10:05:00Z",
            "resend_at": "2026-11-30T10:01:00Z",
            "attempts_left": 5,
        },
        "delivery": {
            "status": "queued",
            "updated_at": "2026-11-30T10:00:00Z",
            "advice": body["old_phone"]["delivery"]["advice"],
        },
    }
    assert response.status_code == 202
    assert body == {
        "id": body["id"],
        "old_phone": {"phone_masked": "+380 67 *** ** 88", **sent},
        "new_phone": {"phone_masked": "+380 50 *** ** 99", **sent},
    }


async def test_both_codes_replace_the_phone_and_tell_the_old_one(
    client: AsyncClient,
    database: Database,
    messages: MessageService,
    gateway: FakeSmsGateway,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
) -> None:
    elsewhere = await client.post("/v1/sessions", json={"phone": OLD, "password": PASSWORD})

    response = await confirm(client, owner, change_id, codes)

    assert (response.status_code, response.content) == (204, b"")
    here = await client.get("/v1/me", headers=owner.headers)
    there = await client.get("/v1/me", headers=bearer(elsewhere.json()))
    assert here.json()["member"]["phone_masked"] == "+380 50 *** ** 99"
    assert refusal(there) == (401, "session_ended")
    by_new = await client.post("/v1/sessions", json={"phone": NEW, "password": PASSWORD})
    by_old = await client.post("/v1/sessions", json={"phone": OLD, "password": PASSWORD})
    assert (by_new.status_code, by_old.status_code) == (201, 401)
    async with database.begin() as transaction:
        event = (
            await transaction.scalars(
                select(AuditEvent).where(AuditEvent.action == IdentityAction.PHONE_CHANGED)
            )
        ).one()
        news = (
            await transaction.scalars(
                select(Message).where(Message.template == "phone_was_changed")
            )
        ).one()
    assert event.details == {
        "old_phone_masked": "+380 67 *** ** 88",
        "new_phone_masked": "+380 50 *** ** 99",
    }
    await messages.deliver(news.id)
    assert [each.phone for each in gateway.sent] == [OLD.removeprefix("+")]


async def test_one_right_code_is_not_enough_and_both_are_counted(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
) -> None:
    old, new = codes
    tries = [(old, wrong(new)), (wrong(old), new), (new, old), (wrong(old), wrong(new)), (old, old)]

    answers = [await confirm(client, owner, change_id, each) for each in tries]
    late = await confirm(client, owner, change_id, codes)

    assert [refusal(each) for each in answers] == [(422, "code_rejected")] * 5
    assert [each.json()["attempts_left"] for each in answers] == [4, 3, 2, 1, 0]
    assert refusal(late) == (422, "code_rejected")
    assert await phone_of(database, owner) == OLD


async def test_codes_live_five_minutes(
    client: AsyncClient,
    clock: FrozenClock,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
) -> None:
    clock.advance(timedelta(minutes=5))

    response = await confirm(client, owner, change_id, codes)

    assert refusal(response) == (422, "code_rejected")


async def test_codes_work_once(
    client: AsyncClient, owner: SignedIn, change_id: str, codes: tuple[str, str]
) -> None:
    await confirm(client, owner, change_id, codes)

    response = await confirm(client, owner, change_id, codes)

    assert refusal(response) == (422, "code_rejected")


async def test_whoever_holds_the_device_needs_the_password(
    client: AsyncClient, owner: SignedIn
) -> None:
    response = await start(client, owner, current_password="Wrong123!")

    assert refusal(response) == (422, "current_password_rejected")
    assert [each["pointer"] for each in response.json()["errors"]] == ["/current_password"]


async def test_a_phone_that_is_somebodys_is_not_taken(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    stranger: SignedIn,
    change_id: str,
    codes: tuple[str, str],
) -> None:
    started = await start(client, owner, new_phone=stranger.member.phone)
    async with database.begin() as transaction:
        taken = update(Member).where(Member.id == stranger.member.id).values(phone=NEW)
        await transaction.execute(taken)
    confirmed = await confirm(client, owner, change_id, codes)

    assert refusal(started) == (409, "phone_already_used")
    assert refusal(confirmed) == (409, "phone_already_used")
    assert await phone_of(database, owner) == OLD


async def test_for_a_day_after_a_reset_the_phone_stays(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
) -> None:
    async with database.begin() as transaction:
        reset = update(Member).where(Member.id == owner.member.id)
        await transaction.execute(reset.values(password_reset_at=NOON))

    started = await start(client, owner)
    confirmed = await confirm(client, owner, change_id, codes)

    for response in (started, confirmed):
        assert refusal(response) == (409, "hold_after_reset")
        assert response.json()["ends_at"] == "2026-12-01T10:00:00Z"
    assert await phone_of(database, owner) == OLD


async def test_codes_for_a_phone_that_is_no_longer_theirs_change_nothing(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    change_id: str,
    codes: tuple[str, str],
) -> None:
    async with database.begin() as transaction:
        replaced = update(Member).where(Member.id == owner.member.id)
        await transaction.execute(replaced.values(phone="+380671111111"))

    response = await confirm(client, owner, change_id, codes)

    assert refusal(response) == (409, "phone_change_closed")
    assert await phone_of(database, owner) == "+380671111111"


async def test_nobody_confirms_anothers_change(
    client: AsyncClient, stranger: SignedIn, change_id: str, codes: tuple[str, str]
) -> None:
    theirs = await confirm(client, stranger, change_id, codes)
    absent = await confirm(client, stranger, str(uuid4()), codes)

    assert refusal(theirs) == refusal(absent) == (404, "not_found")


async def test_starting_can_be_repeated(client: AsyncClient, owner: SignedIn) -> None:
    owner.headers |= {"Idempotency-Key": "k-1"}

    first, again = [await start(client, owner) for _ in range(2)]

    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
