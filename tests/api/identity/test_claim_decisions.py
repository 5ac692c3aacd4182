"""What an operator and the clock decide about claims: security.md A10."""

from datetime import timedelta

import pytest

from app.database import Database
from app.errors import NotFound
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import (
    CLAIM_LASTS,
    RESERVATION_LASTS,
    ClaimantIsAnother,
    Organization,
    OrganizationNotRegistered,
    Ownership,
    OwnershipAlreadyProven,
)
from app.models.identity.invitation import Invitation
from app.models.limits.kinds import DAY, HOUR
from app.security.access_tokens import AccessTokens
from app.services.identity.claim_lapses import AT_ONCE, ClaimLapseService
from app.services.identity.ownership_approvals import OwnershipApprovalService
from tests.api.identity.claiming import ON_FILE, Proving, status_of
from tests.factories.people import SignedIn, act, headers_at, link, new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.identity.stories import Story
from tests.steps.operations.audit import audited


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, phone_on_file=ON_FILE)


async def test_a_claim_lapses_after_thirty_days(
    story: Story,
    database: Database,
    company: Company,
    claimant: SignedIn,
    lapses: ClaimLapseService,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    clock.advance(CLAIM_LASTS - timedelta(seconds=1))
    early = await lapses.lapse()
    clock.advance(timedelta(seconds=1))
    claimant.headers = headers_at(access_tokens, claimant, clock.now())

    assert (early, await lapses.lapse(), await lapses.lapse()) == (0, 1, 0)
    assert await status_of(story, claimant) == (401, "session_ended")
    assert list(await audited(database, company)).count("ownership.lapsed") == 1
    again = await story.sign_up(company, phone=claimant.member.phone)
    assert again["ownership"] == "pending"


async def test_what_is_proven_or_about_to_be_does_not_lapse(
    database: Database,
    access_tokens: AccessTokens,
    claimant: SignedIn,
    lapses: ClaimLapseService,
    clock: FrozenClock,
) -> None:
    await sign_in(database, access_tokens, await create_company(database))
    clock.advance(CLAIM_LASTS - HOUR)
    async with database.begin() as transaction:
        found = await transaction.get_one(Organization, claimant.member.organization_id)
        found.ownership_proven_at = clock.now() + DAY
    clock.advance(2 * HOUR)

    assert await lapses.lapse() == 0


async def test_claims_lapse_in_batches(
    database: Database, lapses: ClaimLapseService, clock: FrozenClock
) -> None:
    for _ in range(AT_ONCE + 1):
        company = await create_company(database)
        async with database.begin() as transaction:
            found = await transaction.get_one(Organization, company.organization.id)
            found.registered_at = NOON
    clock.advance(CLAIM_LASTS)

    assert [await lapses.lapse() for _ in range(3)] == [AT_ONCE, 1, 0]


async def test_a_release_for_a_phone_keeps_the_company_for_it(
    story: Story,
    company: Company,
    claimant: SignedIn,
    approvals: OwnershipApprovalService,
) -> None:
    recognized = new_phone()
    tax_id = company.organization.tax_id

    await approvals.release(tax_id=tax_id, act=act(), for_phone=recognized)

    others = [
        (await story.start_sign_up(company, phone=phone)).json()["code"]
        for phone in (claimant.member.phone, ON_FILE)
    ]
    tokens = await story.sign_up(company, phone=recognized)
    assert others == ["pair_already_registered"] * 2
    assert tokens["ownership"] == "proven"
    [news] = await story.read_news(ON_FILE)
    assert "передано" in news


async def test_a_reservation_ends_after_thirty_days(
    story: Story, company: Company, approvals: OwnershipApprovalService, clock: FrozenClock
) -> None:
    tax_id = company.organization.tax_id
    await approvals.release(tax_id=tax_id, act=act(), for_phone=new_phone())
    during = await story.start_sign_up(company)

    clock.advance(RESERVATION_LASTS)

    assert during.json()["code"] == "pair_already_registered"
    assert (await story.sign_up(company))["ownership"] == "pending"


async def test_a_thief_who_was_proven_by_a_bill_is_put_out_with_all_they_brought(
    story: Story,
    database: Database,
    company: Company,
    claimant: SignedIn,
    proving: Proving,
    partner: Company,
    approvals: OwnershipApprovalService,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    await proving.prove(claimant)
    clock.advance(DAY)
    headers = headers_at(access_tokens, claimant, clock.now())
    body = {"phone": new_phone(), "full_name": "Спільник", "role": "viewer"}
    invited = await story.client.post("/v1/invitations", json=body, headers=headers)
    foreign = link(company, linked_by=partner.organization.id)
    async with database.begin() as transaction:
        transaction.add(foreign)
    tax_id = company.organization.tax_id

    with pytest.raises(OwnershipAlreadyProven):
        await approvals.release(tax_id=tax_id, act=act())
    await approvals.release(tax_id=tax_id, act=act(), proven_by_bill=True)

    assert invited.status_code == 202
    gone = await story.client.get("/v1/me", headers=headers)
    assert gone.status_code == 401
    async with database.begin() as transaction:
        invitation = await transaction.get_one(Invitation, invited.json()["id"])
        shared = await transaction.get_one(AccountLink, (foreign.organization_id, foreign.id))
    assert invitation.withdrawn_at is not None
    assert shared.ended_at is not None
    assert "account.unlinked" in await audited(database, partner)
    assert (await story.sign_up(company, phone=ON_FILE))["ownership"] == "proven"


async def test_what_the_phone_on_file_has_proven_no_option_releases(
    story: Story, company: Company, approvals: OwnershipApprovalService
) -> None:
    await story.sign_up(company, phone=ON_FILE)

    with pytest.raises(OwnershipAlreadyProven):
        await approvals.release(tax_id=company.organization.tax_id, act=act(), proven_by_bill=True)


async def test_an_operator_sees_who_has_claimed_a_company(
    story: Story, company: Company, approvals: OwnershipApprovalService
) -> None:
    tax_id = company.organization.tax_id
    with pytest.raises(OrganizationNotRegistered):
        await approvals.claimant(tax_id)
    with pytest.raises(NotFound):
        await approvals.claimant("00000000")
    await story.sign_up(company, phone="+380501234577")

    seen = await approvals.claimant(tax_id)

    assert seen.phone_masked == "+380 50 *** ** 77"
    assert (seen.since, seen.address) == (NOON, "127.0.0.1")
    assert (seen.ownership, seen.is_phone_on_file, seen.has_phone_on_file) == (
        Ownership.PENDING,
        False,
        True,
    )


async def test_an_approval_is_for_the_phone_that_the_operator_means(
    story: Story, company: Company, claimant: SignedIn, approvals: OwnershipApprovalService
) -> None:
    tax_id = company.organization.tax_id

    with pytest.raises(ClaimantIsAnother):
        await approvals.approve(tax_id=tax_id, phone=new_phone(), act=act())
    still_shut = await status_of(story, claimant)
    await approvals.approve(tax_id=tax_id, phone=claimant.member.phone, act=act())

    assert still_shut == (403, "ownership_pending")
    assert await status_of(story, claimant) == (200, None)
    [news] = await story.read_news(ON_FILE)
    assert "передано" in news
