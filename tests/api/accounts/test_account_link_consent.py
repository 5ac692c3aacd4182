"""Another company consents to a link with a code sent to its owner's phone."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import LINKS, ask, confirm, linked_numbers, refusal
from tests.steps.identity.stories import Story, wrong
from tests.steps.operations.audit import audited

MINUTE = timedelta(minutes=1)


async def test_another_companys_account_needs_a_code_from_its_owners_phone(
    story: Story,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    client = story.client

    asked = await ask(client, owner, partner)

    assert asked.status_code == 202
    body = asked.json()
    phone = partners_owner.member.phone
    assert body == {
        "id": body["id"],
        "status": "awaiting_code",
        "scope": "view",
        "phone_masked": f"{phone[:4]} {phone[4:6]} *** ** {phone[-2:]}",
        "code": {
            "length": 6,
            "expires_at": "2026-11-30T10:05:00Z",
            "resend_at": "2026-11-30T10:01:00Z",
            "attempts_left": 5,
        },
    }
    code = await story.read_code(body["id"])
    assert await linked_numbers(client, owner) == [company.account.account_number]

    confirmed = await confirm(client, owner, body["id"], code)

    assert confirmed.status_code == 201
    assert confirmed.json()["account"]["organization"]["tax_id"] == partner.organization.tax_id
    assert partner.account.account_number in await linked_numbers(client, owner)
    assert "account.shared" in await audited(database, partner)
    again = await confirm(client, owner, body["id"], code)
    assert refusal(again) == (422, "code_rejected")
    assert refusal(await ask(client, owner, partner)) == (409, "account_already_linked")


async def test_a_company_whose_owner_is_not_proven_cannot_consent(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, owner: SignedIn
) -> None:
    absent, pending = await create_company(database), await create_company(database)
    await sign_in(database, access_tokens, pending, is_proven=False)

    for company in (absent, pending):
        response = await ask(client, owner, company)
        assert refusal(response) == (409, "organization_not_registered")


@pytest.mark.usefixtures("partners_owner")
async def test_the_code_is_sent_again_a_minute_later(
    story: Story, owner: SignedIn, partner: Company, clock: FrozenClock
) -> None:
    link_id = (await ask(story.client, owner, partner)).json()["id"]
    first = await story.read_code(link_id)
    resend = f"{LINKS}/{link_id}/codes"

    soon = await story.client.post(resend, headers=owner.headers)
    clock.advance(MINUTE)
    later = await story.client.post(resend, headers=owner.headers)

    assert refusal(soon) == (429, "resend_too_soon")
    assert (later.status_code, later.json()["status"]) == (202, "awaiting_code")
    assert await story.read_code(link_id) == first


@pytest.mark.usefixtures("partners_owner")
async def test_wrong_codes_are_counted_and_close_the_request(
    story: Story, owner: SignedIn, partner: Company, clock: FrozenClock
) -> None:
    link_id = (await ask(story.client, owner, partner)).json()["id"]
    code = await story.read_code(link_id)

    answers = [await confirm(story.client, owner, link_id, wrong(code)) for _ in range(5)]
    late = await confirm(story.client, owner, link_id, code)
    clock.advance(MINUTE)
    resent = await story.client.post(f"{LINKS}/{link_id}/codes", headers=owner.headers)

    assert [answer.json()["attempts_left"] for answer in answers] == [4, 3, 2, 1, 0]
    assert refusal(late) == (422, "code_rejected")
    assert refusal(resent) == (409, "account_link_closed")


@pytest.mark.usefixtures("partners_owner")
async def test_a_request_waits_an_hour(
    story: Story,
    owner: SignedIn,
    partner: Company,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    link_id = (await ask(story.client, owner, partner)).json()["id"]
    clock.advance(timedelta(hours=1))

    headers = headers_at(access_tokens, owner, clock.now())
    response = await story.client.post(f"{LINKS}/{link_id}/codes", headers=headers)

    assert refusal(response) == (409, "account_link_closed")


async def test_a_phone_that_is_not_the_owners_any_more_consents_to_nothing(
    story: Story, database: Database, owner: SignedIn, partner: Company, partners_owner: SignedIn
) -> None:
    link_id = (await ask(story.client, owner, partner)).json()["id"]
    code = await story.read_code(link_id)
    async with database.begin() as session:
        key = (partner.organization.id, partners_owner.member.id)
        (await session.get_one(Member, key)).phone = "+380671112233"

    response = await confirm(story.client, owner, link_id, code)

    assert refusal(response) == (422, "code_rejected")


@pytest.mark.usefixtures("partners_owner")
async def test_a_request_is_the_business_of_who_made_it(
    client: AsyncClient, owner: SignedIn, partner: Company, stranger: SignedIn
) -> None:
    link_id = (await ask(client, owner, partner)).json()["id"]

    codes = await client.post(f"{LINKS}/{link_id}/codes", headers=stranger.headers)
    guess = await confirm(client, stranger, link_id, "123456")

    assert codes.status_code == guess.status_code == 404
