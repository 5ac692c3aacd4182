from datetime import date, timedelta
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.messages.message import Message, Notice
from app.security.access_tokens import AccessTokens
from app.services.messages.delivery import MessageService
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway
from tests.steps.identity.resets import (
    NEW_PASSWORD,
    confirm,
    resend,
    sign_in_status,
    start,
    started,
)
from tests.steps.identity.stories import Story, bearer, wrong
from tests.steps.operations.audit import audited


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


async def test_the_code_lets_the_owner_in_and_replaces_the_password(
    client: AsyncClient, story: Story, database: Database, company: Company, owner: SignedIn
) -> None:
    answer = await start(client, company.account.account_number)
    body = answer.json()
    code = await story.read_code(body["id"])

    confirmed = await confirm(client, body["id"], code)

    assert answer.status_code == 202
    assert set(body) == {"id", "code"}
    assert body["code"] == {
        "length": 8,
        "expires_at": "2026-11-30T10:05:00Z",
        "resend_at": "2026-11-30T10:01:00Z",
        "attempts_left": 5,
    }
    assert len(code) == 8
    assert confirmed.status_code == 201
    assert (await client.get("/v1/me", headers=bearer(confirmed.json()))).status_code == 200
    assert (await client.get("/v1/me", headers=owner.headers)).json()["code"] == "session_ended"
    assert await sign_in_status(client, company, PASSWORD) == 401
    assert await sign_in_status(client, company, NEW_PASSWORD) == 201
    assert IdentityAction.PASSWORD_RESET in await audited(database, company)


async def test_for_a_day_after_the_owner_is_on_hold(
    client: AsyncClient,
    story: Story,
    database: Database,
    company: Company,
    owner: SignedIn,
    clock: FrozenClock,
) -> None:
    reset_id = await started(client, company)
    await confirm(client, reset_id, await story.read_code(reset_id))

    async with database.begin() as transaction:
        member = await transaction.get_one(Member, (owner.member.organization_id, owner.member.id))
    now = clock.now()
    hold_ends_at = member.restraint.hold_ends_at
    assert hold_ends_at(now) == now + timedelta(hours=24)
    assert hold_ends_at(now + timedelta(hours=23, minutes=59)) is not None
    assert hold_ends_at(now + timedelta(hours=24)) is None
    assert owner.member.restraint.may_change_who_gets_in(now)


async def test_everybody_in_the_cabinet_is_told(
    client: AsyncClient,
    story: Story,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    messages: MessageService,
    gateway: FakeSmsGateway,
) -> None:
    colleague = await sign_in(database, access_tokens, company, role="viewer", locale="en")
    dismissed = await sign_in(
        database, access_tokens, company, role="viewer", expires_on=date(2026, 11, 29)
    )
    reset_id = await started(client, company)
    await confirm(client, reset_id, await story.read_code(reset_id))

    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Message).where(Message.template == Notice.PASSWORD_WAS_RESET)
        )
        notices = list(found)
    for notice in notices:
        await messages.deliver(notice.id)

    told = {notice.phone for notice in notices}
    assert told == {owner.member.phone, colleague.member.phone}
    assert dismissed.member.phone not in told
    texts = [sms.text for sms in gateway.sent if colleague.member.phone.endswith(sms.phone[-9:])]
    assert len(texts) == 1
    assert "password" in texts[0]


@pytest.mark.usefixtures("owner")
async def test_a_weak_password_is_refused_first_and_costs_no_attempt(
    client: AsyncClient, story: Story, company: Company
) -> None:
    reset_id = await started(client, company)
    code = await story.read_code(reset_id)

    for _ in range(6):
        refused = await confirm(client, reset_id, code, "short")
        assert (refused.status_code, refused.json()["code"]) == (422, "password_too_weak")
        assert {error["pointer"] for error in refused.json()["errors"]} == {"/new_password"}
    guess = await confirm(client, reset_id, wrong(code))

    assert guess.json()["attempts_left"] == 4
    assert (await confirm(client, reset_id, code)).status_code == 201


@pytest.mark.usefixtures("owner")
async def test_a_code_works_once_and_five_minutes(
    client: AsyncClient, story: Story, company: Company, clock: FrozenClock
) -> None:
    spent, late = await started(client, company), await started(client, company)
    spent_code, late_code = await story.read_code(spent), await story.read_code(late)
    assert (await confirm(client, spent, spent_code)).status_code == 201
    clock.advance(timedelta(minutes=5))

    for reset_id, code in ((spent, spent_code), (late, late_code)):
        assert (await confirm(client, reset_id, code)).json()["code"] == "code_rejected"
    assert (await resend(client, spent)).json()["code"] == "password_reset_closed"
    assert (await resend(client, late)).status_code == 202
    assert (await confirm(client, late, late_code)).status_code == 201


@pytest.mark.usefixtures("owner")
async def test_the_same_code_is_sent_three_times_within_an_hour(
    client: AsyncClient, story: Story, company: Company, clock: FrozenClock
) -> None:
    reset_id, old = await started(client, company), await started(client, company)
    codes = {await story.read_code(reset_id)}
    for _ in range(2):
        clock.advance(timedelta(seconds=60))
        assert (await resend(client, reset_id)).status_code == 202
        codes.add(await story.read_code(reset_id))
    clock.advance(timedelta(seconds=60))

    assert len(codes) == 1
    assert (await resend(client, reset_id)).json()["code"] == "too_many_attempts"
    clock.advance(timedelta(hours=1))
    assert (await resend(client, old)).json()["code"] == "password_reset_closed"


async def test_a_number_of_another_form_is_told(client: AsyncClient) -> None:
    answer = await start(client, "not a number")

    assert (answer.status_code, answer.json()["code"]) == (422, "account_number_invalid")


async def test_what_is_not_a_reset_is_not_found(client: AsyncClient) -> None:
    absent = str(uuid4())

    for answer in (await resend(client, absent), await confirm(client, absent, "00000000")):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("owner")
async def test_a_repeated_request_starts_one_reset(
    client: AsyncClient, story: Story, company: Company
) -> None:
    number = company.account.account_number
    first, again = [await start(client, number, **{"Idempotency-Key": "r-1"}) for _ in range(2)]
    body = {"code": await story.read_code(first.json()["id"]), "new_password": NEW_PASSWORD}
    tokens = [
        await client.post(
            f"/v1/password-resets/{first.json()['id']}/confirmations",
            json=body,
            headers={"Idempotency-Key": "r-2"},
        )
        for _ in range(2)
    ]

    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert [each.status_code for each in tokens] == [201, 201]
    assert tokens[0].content == tokens[1].content
