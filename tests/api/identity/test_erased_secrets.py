"""A password hash or a phone that serves nobody any more is cleared in the row that stays."""

from datetime import timedelta

from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.identity.member import Member
from app.models.identity.sign_up import WAITS_FOR, SignUp
from app.models.messages.code_challenge import LIFETIME
from app.security.access_tokens import AccessTokens
from app.services.operations.retention import AT_ONCE, RetentionService
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
SIGN_UP_ENDS = WAITS_FOR + LIFETIME


async def hash_of(database: Database, sign_up_id: str) -> str | None:
    async with database.begin() as transaction:
        return await transaction.scalar(select(SignUp.password_hash).where(SignUp.id == sign_up_id))


async def look_up(database: Database, who: SignedIn) -> Member:
    async with database.begin() as transaction:
        key = (who.member.organization_id, who.member.id)
        return await transaction.get_one(Member, key, populate_existing=True)


async def test_a_confirmed_sign_up_leaves_the_password_to_the_member(
    story: Story, database: Database, company: Company
) -> None:
    started = (await story.start_sign_up(company)).json()
    assert await hash_of(database, started["id"])

    confirmed = await story.confirm(started["id"], await story.read_code(started["id"]))

    assert confirmed.status_code == 201
    assert await hash_of(database, started["id"]) is None
    pair = {"account_number": company.account.account_number, "password": PASSWORD}
    assert (await story.client.post("/v1/sessions", json=pair)).status_code == 201


async def test_a_sign_up_that_has_ended_keeps_no_password(
    story: Story,
    database: Database,
    company: Company,
    clock: FrozenClock,
    retention: RetentionService,
) -> None:
    started = (await story.start_sign_up(company)).json()
    clock.advance(SIGN_UP_ENDS - MOMENT)
    assert "sign_ups.password_hash" not in await retention.purge()

    clock.advance(MOMENT)
    assert (await retention.purge())["sign_ups.password_hash"] == 1
    assert await retention.purge() == {}

    assert await hash_of(database, started["id"]) is None
    shown = await story.client.get(f"/v1/sign-ups/{started['id']}")
    assert (shown.status_code, shown.json()["status"]) == (200, "expired")


async def test_the_last_code_of_a_sign_up_is_good_to_its_end(
    story: Story, company: Company, clock: FrozenClock, retention: RetentionService
) -> None:
    started = (await story.start_sign_up(company)).json()
    clock.advance(WAITS_FOR - MOMENT)
    again = await story.client.post(f"/v1/sign-ups/{started['id']}/codes")
    assert again.status_code == 202
    code = await story.read_code(started["id"])
    clock.advance(LIFETIME - MOMENT)

    await retention.purge()

    assert (await story.confirm(started["id"], code)).status_code == 201


async def test_of_a_removed_member_the_name_stays_and_no_phone_and_no_password(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    clock: FrozenClock,
    retention: RetentionService,
) -> None:
    owner = await sign_in(database, access_tokens, company)
    clerk = await sign_in(database, access_tokens, company, role="viewer", full_name="Олена")
    gone = await client.delete(f"/v1/members/{clerk.member.id}", headers=owner.headers)
    assert gone.status_code == 204
    phone = (await look_up(database, clerk)).phone

    clock.advance(30 * DAY - MOMENT)
    assert "members.phone" not in await retention.purge()
    assert (await look_up(database, clerk)).phone == phone
    clock.advance(MOMENT)
    assert (await retention.purge())["members.phone"] == 1
    assert "members.phone" not in await retention.purge()

    left, stays = await look_up(database, clerk), await look_up(database, owner)
    assert (left.phone, left.password_hash, left.full_name) == ("", "", "Олена")
    assert (stays.phone, stays.password_hash) == (owner.member.phone, "unusable")


async def test_many_removed_members_are_cleared_a_bounded_piece_at_a_time(
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    clock: FrozenClock,
    retention: RetentionService,
) -> None:
    owner = await sign_in(database, access_tokens, company)
    async with database.begin() as transaction:
        template = {
            "organization_id": owner.member.organization_id,
            "role": "viewer",
            "locale": "uk",
            "password_hash": "a hash",
            "created_at": clock.now(),
            "removed_at": clock.now(),
        }
        transaction.add_all(
            Member(phone=f"+38067{number:07}", **template) for number in range(AT_ONCE + 1)
        )
    clock.advance(30 * DAY)

    pieces = [(await retention.purge()).get("members.phone", 0) for _ in range(3)]

    assert pieces == [AT_ONCE, 1, 0]
