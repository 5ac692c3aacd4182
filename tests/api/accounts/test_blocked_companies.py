"""An owner refuses a company for good."""

from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.accounts.blocked_company import MOST_BLOCKED, BlockedCompany
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.accounts.linking import LINKS, ask, confirm, linked, linked_numbers, refusal
from tests.steps.identity.stories import Story
from tests.steps.operations.audit import audited, trail

BLOCKED = "/v1/blocked-companies"


async def block(client: AsyncClient, who: SignedIn, company: Company) -> Response:
    url = f"{BLOCKED}/{company.organization.tax_id}"
    return await client.put(url, headers=who.headers)


async def test_nobody_blocks_their_own_company(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    refused = await block(client, owner, company)
    listed = await client.get(BLOCKED, headers=owner.headers)

    assert refusal(refused) == (409, "own_company")
    assert listed.json()["items"] == []


async def test_a_blocked_companys_requests_are_refused_until_it_is_unblocked(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    blocked = await block(client, partners_owner, company)
    again = await block(client, partners_owner, company)
    refused = await ask(client, owner, partner)
    url = f"{BLOCKED}/{company.organization.tax_id}"
    unblocked = await client.delete(url, headers=partners_owner.headers)
    twice = await client.delete(url, headers=partners_owner.headers)
    asked = await ask(client, owner, partner)

    assert [blocked.status_code, again.status_code, unblocked.status_code] == [204] * 3
    assert refusal(refused) == (409, "company_blocked")
    assert refusal(twice) == (404, "not_found")
    assert asked.status_code == 202
    deeds = [each for each in await audited(database, partner) if each.startswith("company.")]
    assert deeds == ["company.blocked", "company.unblocked"], "no event without a change"
    for trail_of in (company, partner):
        [tried] = await trail(database, trail_of, "account.link_refused")
        assert tried.details["code"] == "company_blocked"


async def test_blocking_ends_open_requests_and_no_link(
    story: Story,
    clock: FrozenClock,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    client = story.client
    await linked(story, owner, partner, "view")
    asked = (await ask(client, owner, partner, scope="all")).json()["id"]
    code = await story.read_code(asked)

    await block(client, partners_owner, company)
    clock.advance(timedelta(minutes=1))
    confirmed = await confirm(client, owner, asked, code)
    resent = await client.post(f"{LINKS}/{asked}/codes", headers=owner.headers)

    assert refusal(confirmed) == (422, "code_rejected")
    assert refusal(resent) == (409, "account_link_closed")
    assert partner.account.account_number in await linked_numbers(client, owner)


async def test_the_code_of_a_request_that_was_ended_is_not_sent(
    story: Story, company: Company, owner: SignedIn, partner: Company, partners_owner: SignedIn
) -> None:
    assert (await ask(story.client, owner, partner)).status_code == 202

    await block(story.client, partners_owner, company)
    await story.messages.sweep()

    assert story.gateway.sent == []


async def test_the_owner_lists_whom_the_company_has_blocked(
    client: AsyncClient, partner: Company, owner: SignedIn, stranger: SignedIn
) -> None:
    tax_ids = sorted({partner.organization.tax_id, "34067885", "97228187"})
    for tax_id in tax_ids:
        await client.put(f"{BLOCKED}/{tax_id}", headers=owner.headers)

    first = (await client.get(f"{BLOCKED}?limit=2", headers=owner.headers)).json()
    rest = await client.get(
        BLOCKED, params={"limit": 2, "cursor": first["next_cursor"]}, headers=owner.headers
    )
    others = await client.get(BLOCKED, headers=stranger.headers)

    items = first["items"] + rest.json()["items"]
    assert [each["tax_id"] for each in items] == tax_ids
    assert items[0]["blocked_at"] == "2026-11-30T10:00:00Z"
    assert rest.json()["next_cursor"] is None
    assert others.json()["items"] == []


@pytest.mark.parametrize("tax_id", ["123", "34067886", "nobody"])
async def test_what_is_no_tax_id_is_not_found(
    client: AsyncClient, owner: SignedIn, tax_id: str
) -> None:
    answers = [
        await client.request(method, f"{BLOCKED}/{tax_id}", headers=owner.headers)
        for method in ("PUT", "DELETE")
    ]

    assert [refusal(answer) for answer in answers] == [(404, "not_found")] * 2


async def test_a_company_blocks_so_many_and_no_more(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, partner: Company
) -> None:
    async with database.begin() as transaction:
        transaction.add_all(
            BlockedCompany(
                organization_id=company.organization.id,
                tax_id=f"9{number:07}",
                blocked_at=NOON,
                blocked_by=owner.member.id,
            )
            for number in range(MOST_BLOCKED)
        )

    answer = await block(client, owner, partner)

    assert refusal(answer) == (409, "too_many_blocked_companies")
