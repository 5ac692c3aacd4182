"""A company that a stranger claims is its owner's all the same: security.md A10."""

from datetime import timedelta

import pytest

from app.database import Database
from app.models.customers.organization import Organization
from app.models.limits.kinds import DAY, HOUR
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from app.services.messages.delivery import fits_one_segment
from tests.api.identity.claiming import ON_FILE, Proving, status_of
from tests.factories.people import SignedIn, headers_at, new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story, bearer
from tests.steps.operations.audit import audited


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, phone_on_file=ON_FILE)


async def test_the_phone_on_file_hears_of_a_claim(story: Story, company: Company) -> None:
    tokens = await story.sign_up(company)

    [news] = await story.read_news(ON_FILE)
    assert tokens["ownership"] == "pending"
    assert company.organization.tax_id in news
    assert "Реєструйтеся" in news
    assert fits_one_segment(news)


async def test_a_company_without_a_phone_on_file_tells_nobody(
    story: Story, database: Database
) -> None:
    company = await create_company(database)
    await story.sign_up(company)

    assert story.gateway.sent[1:] == []


async def test_the_phone_on_file_supersedes_a_claim(
    story: Story, company: Company, claimant: SignedIn
) -> None:
    other = await story.start_sign_up(company)

    tokens = await story.sign_up(company, phone=ON_FILE)

    assert other.json()["code"] == "pair_already_registered"
    assert tokens["ownership"] == "proven"
    assert await status_of(story, claimant) == (401, "session_ended")
    accounts = await story.client.get("/v1/accounts", headers=bearer(tokens))
    assert [item["status"] for item in accounts.json()["items"]] == ["linked"]
    trail = (await story.client.get("/v1/audit-events", headers=bearer(tokens))).json()["items"]
    assert trail[0]["action"] == "member.signed_up"
    assert trail[0]["details"] == {"ownership": "proven", "has_superseded": True}


async def test_a_proven_company_is_not_superseded(
    story: Story, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    await sign_in(database, access_tokens, company)

    refused = await story.start_sign_up(company, phone=ON_FILE)

    assert refused.json()["code"] == "pair_already_registered"


async def test_a_claimants_own_phone_may_come_on_file_later(
    story: Story, database: Database, company: Company, claimant: SignedIn
) -> None:
    async with database.begin() as transaction:
        found = await transaction.get_one(Organization, company.organization.id)
        found.phone_on_file = claimant.member.phone

    tokens = await story.sign_up(company, phone=claimant.member.phone)

    assert tokens["ownership"] == "proven"


async def test_a_pending_claimant_learns_no_counts_and_no_phones(
    story: Story, claimant: SignedIn
) -> None:
    me = (await story.client.get("/v1/me", headers=claimant.headers)).json()
    body = {"new_phone": new_phone(), "current_password": "Qwer123!"}
    change = await story.client.post("/v1/me/phone-changes", json=body, headers=claimant.headers)

    assert (me["ownership"], me["counts"], me["ownership_effective_at"]) == ("pending", None, None)
    assert (change.status_code, change.json()["code"]) == (403, "ownership_pending")


async def test_a_bill_proves_after_a_day_where_another_phone_is_on_file(
    story: Story,
    database: Database,
    company: Company,
    claimant: SignedIn,
    proving: Proving,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    first = await proving.prove(claimant)
    [news] = await story.read_news(ON_FILE)
    clock.advance(HOUR)
    claimant.headers = headers_at(access_tokens, claimant, clock.now())
    again = await proving.prove(claimant, "anything")
    me = (await story.client.get("/v1/me", headers=claimant.headers)).json()
    waiting = await status_of(story, claimant)
    clock.advance(DAY - HOUR)
    claimant.headers = headers_at(access_tokens, claimant, clock.now())

    assert first == again == (202, "2026-12-01T10:00:00Z")
    assert (me["ownership"], me["ownership_effective_at"]) == ("proof_waiting", first[1])
    assert [way["code"] for way in me["ownership_ways"]] == ["operator_approval"]
    assert me["counts"] is None
    assert waiting == (403, "ownership_pending")
    assert await status_of(story, claimant) == (200, None)
    assert "за добу" in news
    assert list(await audited(database, company)).count("ownership.proven") == 1


async def test_the_phone_on_file_objects_by_signing_up(
    story: Story,
    claimant: SignedIn,
    company: Company,
    proving: Proving,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    await proving.prove(claimant)
    clock.advance(DAY - timedelta(seconds=1))

    tokens = await story.sign_up(company, phone=ON_FILE)

    clock.advance(timedelta(seconds=1))
    claimant.headers = headers_at(access_tokens, claimant, clock.now())
    assert tokens["ownership"] == "proven"
    assert await status_of(story, claimant) == (401, "session_ended")


async def test_after_the_day_the_phone_on_file_is_too_late(
    story: Story, claimant: SignedIn, company: Company, proving: Proving, clock: FrozenClock
) -> None:
    await proving.prove(claimant)
    clock.advance(DAY - timedelta(minutes=1))
    started = (await story.start_sign_up(company, phone=ON_FILE)).json()
    code = await story.read_code(started["id"])
    clock.advance(timedelta(minutes=1))

    late = await story.confirm(started["id"], code)

    assert (late.status_code, late.json()["code"]) == (409, "pair_already_registered")


async def test_without_another_phone_on_file_a_bill_proves_at_once(
    story: Story, database: Database, access_tokens: AccessTokens, secret_key: SecretKey
) -> None:
    for phone_on_file in (None, ON_FILE):
        company = await create_company(database, phone_on_file=phone_on_file)
        phone = phone_on_file or new_phone()
        who = await sign_in(database, access_tokens, company, is_proven=False, phone=phone)

        assert await Proving(story, secret_key, company).prove(who) == (204, None)
