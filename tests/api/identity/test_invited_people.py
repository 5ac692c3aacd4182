"""Whom an invitation reaches, and what its SMS says."""

import re

from httpx import AsyncClient

from app.database import Database
from app.models.customers.organization import short_name
from app.security.access_tokens import AccessTokens
from app.services.messages.delivery import fits_one_segment
from tests.api.identity.test_invitations import invite, refusal
from tests.factories.people import SignedIn, new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.steps.identity.stories import Story


async def test_a_member_of_another_company_is_invited_like_anybody_and_told_what_to_do(
    story: Story, access_tokens: AccessTokens, database: Database, owner: SignedIn
) -> None:
    elsewhere = await create_company(database)
    taken = await sign_in(database, access_tokens, elsewhere)

    theirs = await invite(story.client, owner, phone=taken.member.phone)
    anybodys = await invite(story.client, owner, phone=new_phone())

    volatile = {"id": None, "phone_masked": None}
    assert theirs.status_code == anybodys.status_code == 202
    assert theirs.json() | volatile == anybodys.json() | volatile
    text = await story.read_sms(theirs.json()["id"])
    assert "уже в іншому кабінеті" in text
    assert not re.search(r"\d{6}", text), "a code would open nothing"
    assert fits_one_segment(text)


async def test_a_member_of_the_same_company_is_not_invited(
    client: AsyncClient,
    access_tokens: AccessTokens,
    database: Database,
    company: Company,
    owner: SignedIn,
) -> None:
    colleague = await sign_in(database, access_tokens, company, role="viewer")

    response = await invite(client, owner, phone=colleague.member.phone)

    assert refusal(response) == (409, "phone_already_used")


async def test_the_sms_names_the_company_that_invites(
    story: Story, owner: SignedIn, company: Company
) -> None:
    invited = (await invite(story.client, owner)).json()

    text = await story.read_sms(invited["id"])

    assert text.startswith(f"{short_name(company.organization.name)[:5]}")
    assert fits_one_segment(text)
