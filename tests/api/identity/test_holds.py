"""For a day after a reset by SMS, perhaps by a thief of the number, nobody gets in anew."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from tests.api.identity.test_invitations import accept, invite
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company, create_account, create_company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.accounts.linking import LINKS, ask, confirm, link_ids, linked_numbers, refusal
from tests.steps.identity.resets import change
from tests.steps.identity.stories import Story

HOLDS = [{"password_reset_at": NOON}, {"cabinet_frozen_at": NOON}]


@pytest.fixture
async def thief(database: Database, owner: SignedIn) -> SignedIn:
    """Whoever has just replaced the owner's password by SMS."""
    await change(database, owner.member, password_reset_at=NOON)
    return owner


async def member_of(database: Database, who: SignedIn) -> Member:
    async with database.begin() as transaction:
        return await transaction.get_one(Member, (who.member.organization_id, who.member.id))


@pytest.mark.parametrize(
    "change_of",
    [
        {"is_frozen": False},
        {"role": "manager"},
        {"account_ids": None},
        {"expires_on": None},
        {"is_frozen": True, "role": "manager"},
    ],
    ids=str,
)
async def test_a_thief_gives_a_dismissed_member_nothing_back(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    thief: SignedIn,
    change_of: dict[str, object],
) -> None:
    dismissed = await sign_in(database, access_tokens, company, role="viewer", frozen_at=NOON)

    url = f"/v1/members/{dismissed.member.id}"
    response = await client.patch(url, json=change_of, headers=thief.headers)

    assert refusal(response) == (409, "hold_after_reset")
    member = await member_of(database, dismissed)
    assert (member.role, member.frozen_at) == ("viewer", NOON)


async def test_on_hold_a_member_can_be_frozen_and_not_removed(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    thief: SignedIn,
) -> None:
    loyal = await sign_in(database, access_tokens, company, role="manager")
    url = f"/v1/members/{loyal.member.id}"

    removed = await client.delete(url, headers=thief.headers)
    frozen = await client.patch(url, json={"is_frozen": True}, headers=thief.headers)

    assert refusal(removed) == (409, "hold_after_reset")
    assert (frozen.status_code, frozen.json()["status"]) == (200, "frozen")


async def test_a_day_later_everything_can_be_changed_again(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    thief: SignedIn,
    clock: FrozenClock,
) -> None:
    loyal = await sign_in(database, access_tokens, company, role="manager")
    clock.advance(timedelta(hours=24))
    headers = headers_at(access_tokens, thief, clock.now())

    response = await client.delete(f"/v1/members/{loyal.member.id}", headers=headers)

    assert response.status_code == 204


async def test_on_hold_own_accounts_stay_and_others_can_be_shut_out(
    client: AsyncClient,
    database: Database,
    company: Company,
    thief: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    second = await create_account(database, company.organization)
    await client.post(LINKS, json={"account_number": second.account_number}, headers=thief.headers)
    async with database.begin() as transaction:
        transaction.add(link_of(company, linked_by=partner.organization.id))
    ids = await link_ids(client, thief)
    number = company.account.account_number

    own = await client.delete(
        f"{LINKS}/{ids[f'{number} {company.organization.tax_id}']}", headers=thief.headers
    )
    others = await client.delete(
        f"{LINKS}/{ids[f'{number} {partner.organization.tax_id}']}", headers=thief.headers
    )

    assert refusal(own) == (409, "hold_after_reset")
    assert others.status_code == 204
    assert number not in await linked_numbers(client, partners_owner)


@pytest.mark.parametrize("held", HOLDS, ids=lambda held: next(iter(held)))
async def test_a_thief_consents_to_no_link(
    story: Story,
    database: Database,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
    clock: FrozenClock,
    held: dict[str, object],
) -> None:
    client = story.client
    link_id = (await ask(client, owner, partner)).json()["id"]
    code = await story.read_code(link_id)
    await change(database, partners_owner.member, **held)
    clock.advance(timedelta(minutes=1))

    confirmed = await confirm(client, owner, link_id, code)
    resent = await client.post(f"{LINKS}/{link_id}/codes", headers=owner.headers)
    asked = await ask(client, owner, partner)

    for response in (confirmed, resent, asked):
        assert refusal(response) == (409, "consent_unavailable")
        assert "ends_at" not in response.json()
    assert partner.account.account_number not in await linked_numbers(client, owner)


@pytest.mark.parametrize("held", HOLDS, ids=lambda held: next(iter(held)))
async def test_an_invitation_from_before_the_reset_lets_nobody_in(
    story: Story,
    database: Database,
    owner: SignedIn,
    clock: FrozenClock,
    held: dict[str, object],
) -> None:
    client = story.client
    invitation_id = (await invite(client, owner)).json()["id"]
    code = await story.read_code(invitation_id)
    await change(database, owner.member, **held)
    clock.advance(timedelta(minutes=1))

    resent = await client.post(f"/v1/invitations/{invitation_id}/codes")
    accepted = await accept(client, invitation_id, code)

    assert refusal(resent) == refusal(accepted) == (409, "invitation_closed")


async def test_a_company_on_hold_may_still_ask_for_anothers_account(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    thief: SignedIn,
) -> None:
    other = await create_company(database)
    await sign_in(database, access_tokens, other)

    assert (await ask(client, thief, other)).status_code == 202


async def test_the_owner_sees_until_when(client: AsyncClient, thief: SignedIn) -> None:
    me = (await client.get("/v1/me", headers=thief.headers)).json()

    assert me["hold_ends_at"] == "2026-12-01T10:00:00Z"
    assert me["cabinet_frozen_at"] is None
