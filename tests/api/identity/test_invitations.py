from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from app.database import Database
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.messages.message import Message
from app.security.access_tokens import AccessTokens
from tests.factories.people import PASSWORD, SignedIn, headers_at, sign_in
from tests.factories.registry import Company, create_account
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.identity.stories import Story, bearer, wrong
from tests.steps.operations.audit import audited

PHONE = "+380671234588"
INVITED = {"phone": "067 123 45 88", "full_name": " Олена Кравець ", "role": "metering"}
ABSENT = "0190c2a4-0000-7000-8000-000000000000"


async def invite(client: AsyncClient, who: SignedIn, **changes: Any) -> Response:
    return await client.post("/v1/invitations", json=INVITED | changes, headers=who.headers)


async def accept(
    client: AsyncClient, invitation_id: str, code: str, password: str = PASSWORD
) -> Response:
    return await client.post(
        f"/v1/invitations/{invitation_id}/acceptances", json={"code": code, "password": password}
    )


def refusal(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
async def invitation_id(client: AsyncClient, owner: SignedIn) -> str:
    invitation_id: str = (await invite(client, owner)).json()["id"]
    return invitation_id


async def test_a_code_goes_to_the_invited_phone(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    response = await invite(client, owner)

    body = response.json()
    assert response.status_code == 202
    assert body == {
        "id": body["id"],
        "status": "code_sent",
        "phone_masked": "+380 67 *** ** 88",
        "code": {
            "length": 6,
            "expires_at": "2026-11-30T10:05:00Z",
            "resend_at": "2026-11-30T10:01:00Z",
            "attempts_left": 5,
        },
        "delivery": {
            "status": "queued",
            "updated_at": "2026-11-30T10:00:00Z",
            "advice": body["delivery"]["advice"],
        },
    }
    assert IdentityAction.MEMBER_INVITED in await audited(database, company)
    async with database.begin() as transaction:
        message = (await transaction.scalars(select(Message))).one()
    assert (message.phone, message.template, message.locale) == (PHONE, "invitation", "uk")


async def test_the_code_and_a_password_make_a_member_with_the_offered_rights(
    story: Story, company: Company, owner: SignedIn, database: Database
) -> None:
    limits = {"account_ids": [str(company.account.id)], "expires_on": "2026-12-24"}
    invitation_id = (await invite(story.client, owner, **limits)).json()["id"]
    code = await story.read_code(invitation_id)

    response = await accept(story.client, invitation_id, code)

    tokens = response.json()
    assert response.status_code == 201
    assert set(tokens) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_at",
        "session_id",
        "device_token",
    }
    me = (await story.client.get("/v1/me", headers=bearer(tokens))).json()["member"]
    assert (me["full_name"], me["role"]) == ("Олена Кравець", "metering")
    members = (await story.client.get("/v1/members", headers=owner.headers)).json()["items"]
    assert (members[1]["account_ids"], members[1]["expires_on"]) == tuple(limits.values())
    again = await story.client.post("/v1/sessions", json={"phone": PHONE, "password": PASSWORD})
    assert again.status_code == 201
    assert IdentityAction.MEMBER_JOINED in await audited(database, company)


async def test_a_weak_password_costs_no_attempt(
    story: Story, company: Company, invitation_id: str
) -> None:
    code = await story.read_code(invitation_id)

    weak = [
        await accept(story.client, invitation_id, code, password)
        for password in ("short", "Qw!0671234588", f"Qw!{company.organization.tax_id}")
    ]
    left = (await accept(story.client, invitation_id, wrong(code))).json()["attempts_left"]

    assert [refusal(each) for each in weak] == [(422, "password_too_weak")] * 3
    assert [each["pointer"] for each in weak[1].json()["errors"]] == ["/password"]
    assert left == 4


async def test_five_wrong_codes_close_an_invitation(story: Story, invitation_id: str) -> None:
    code = await story.read_code(invitation_id)

    left = [
        (await accept(story.client, invitation_id, wrong(code))).json()["attempts_left"]
        for _ in range(5)
    ]
    late = await accept(story.client, invitation_id, code)
    resent = await story.client.post(f"/v1/invitations/{invitation_id}/codes")

    assert left == [4, 3, 2, 1, 0]
    assert refusal(late) == (422, "code_rejected")
    assert refusal(resent) == (409, "invitation_closed")


async def test_an_invitation_is_accepted_once(story: Story, invitation_id: str) -> None:
    code = await story.read_code(invitation_id)
    await accept(story.client, invitation_id, code)

    again = await accept(story.client, invitation_id, code)
    resent = await story.client.post(f"/v1/invitations/{invitation_id}/codes")

    assert refusal(again) == (422, "code_rejected")
    assert refusal(resent) == (409, "invitation_closed")


async def test_an_expired_code_is_sent_again_for_a_day(
    story: Story, invitation_id: str, clock: FrozenClock
) -> None:
    code = await story.read_code(invitation_id)
    resend = f"/v1/invitations/{invitation_id}/codes"

    soon = await story.client.post(resend)
    clock.advance(timedelta(minutes=5))
    expired = await accept(story.client, invitation_id, code)
    resent = await story.client.post(resend)
    assert await story.read_code(invitation_id) == code
    clock.moment = NOON + timedelta(hours=24)
    old = await story.client.post(resend)

    assert refusal(soon) == (429, "resend_too_soon")
    assert refusal(expired) == (422, "code_rejected")
    assert (resent.status_code, resent.json()["status"]) == (202, "code_sent")
    assert refusal(old) == (409, "invitation_closed")


async def test_an_invitation_is_over_with_its_last_day(
    story: Story, access_tokens: AccessTokens, owner: SignedIn, clock: FrozenClock
) -> None:
    clock.moment = NOON.replace(hour=21, minute=59)
    owner.headers = headers_at(access_tokens, owner, clock.moment)
    invitation_id = (await invite(story.client, owner, expires_on="2026-11-30")).json()["id"]
    code = await story.read_code(invitation_id)
    clock.advance(timedelta(minutes=1))

    response = await accept(story.client, invitation_id, code)

    assert refusal(response) == (409, "invitation_closed")


async def test_whoever_accepts_second_hears_that_the_phone_is_taken(
    story: Story, owner: SignedIn, stranger: SignedIn, database: Database
) -> None:
    first = (await invite(story.client, owner)).json()["id"]
    second = (await invite(story.client, stranger)).json()["id"]
    codes = {each: await story.read_code(each) for each in (first, second)}
    await accept(story.client, first, codes[first])

    response = await accept(story.client, second, codes[second])

    assert refusal(response) == (409, "phone_already_used")
    async with database.begin() as transaction:
        found = select(func.count()).select_from(Member).where(Member.phone == PHONE)
        assert await transaction.scalar(found) == 1


async def test_a_code_opens_its_own_invitation_only(
    story: Story, owner: SignedIn, invitation_id: str
) -> None:
    other = (await invite(story.client, owner, phone="0671234589")).json()["id"]
    code = await story.read_code(other)

    crossed = await accept(story.client, invitation_id, code)
    as_sign_up = await story.confirm(invitation_id, await story.read_code(invitation_id))

    assert refusal(crossed) == (422, "code_rejected")
    assert refusal(as_sign_up) == (404, "not_found")


async def test_for_a_day_after_a_reset_nobody_is_invited(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    clock: FrozenClock,
) -> None:
    owner = await sign_in(database, access_tokens, company, password_reset_at=NOON)
    clock.moment = NOON + timedelta(hours=23, minutes=59)
    owner.headers = headers_at(access_tokens, owner, clock.moment)
    held = await invite(client, owner)
    clock.advance(timedelta(minutes=1))

    freed = await invite(client, owner)

    assert refusal(held) == (409, "hold_after_reset")
    assert held.json()["ends_at"] == "2026-12-01T10:00:00Z"
    assert freed.status_code == 202


async def test_rights_are_limited_to_accounts_of_the_cabinet(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    available = await create_account(database, company.organization)

    answers = [
        await invite(client, owner, account_ids=[each]) for each in (str(available.id), ABSENT)
    ]

    assert [refusal(each) for each in answers] == [(404, "account_not_linked")] * 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires_on": "2026-11-29"}, "expires_on_passed"),
        ({"role": "owner"}, "validation_failed"),
        ({"full_name": "  "}, "validation_failed"),
        ({"full_name": "Олена\x00"}, "validation_failed"),
        ({"phone": "044 202 15 88"}, "phone_invalid"),
    ],
)
async def test_what_cannot_be_offered_is_refused(
    client: AsyncClient, owner: SignedIn, changes: dict[str, Any], code: str
) -> None:
    response = await invite(client, owner, **changes)

    assert refusal(response) == (422, code)


@pytest.mark.parametrize("path", ["codes", "acceptances"])
async def test_an_unknown_invitation_does_not_exist(client: AsyncClient, path: str) -> None:
    body = {"code": "123456", "password": PASSWORD} if path == "acceptances" else None

    response = await client.post(f"/v1/invitations/{ABSENT}/{path}", json=body)

    assert refusal(response) == (404, "not_found")


async def test_inviting_and_accepting_can_be_repeated(story: Story, owner: SignedIn) -> None:
    client, key = story.client, {"Idempotency-Key": "k-1"}
    invited = [
        await client.post("/v1/invitations", json=INVITED, headers=owner.headers | key)
        for _ in range(2)
    ]
    invitation_id = invited[0].json()["id"]
    body = {"code": await story.read_code(invitation_id), "password": PASSWORD}

    accepted = [
        await client.post(f"/v1/invitations/{invitation_id}/acceptances", json=body, headers=key)
        for _ in range(2)
    ]

    for first, again in (invited, accepted):
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
    assert accepted[0].status_code == 201
