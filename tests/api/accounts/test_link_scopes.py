"""What a company may do with another's account: what that company permitted, and no more."""

from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from app.access import SCOPES, LinkScope, Permission
from app.database import Database
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from tests.api.conftest import HISTORY
from tests.factories.people import SignedIn, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import LINKS, ask, confirm, linked, refusal
from tests.steps.identity.stories import Story
from tests.steps.metering.submitting import count, shows, submit
from tests.steps.operations.audit import trail


@pytest.fixture
async def partner(database: Database) -> Company:
    """The company whose account others want to see."""
    return await create_company(database, history=HISTORY)


async def share(database: Database, partner: Company, with_: SignedIn, scope: str) -> None:
    async with database.begin() as transaction:
        transaction.add(link_of(partner, linked_by=with_.member.organization_id, scope=scope))


async def listed(client: AsyncClient, who: SignedIn, company: Company) -> list[Response]:
    """Return every answer that shows the newest reading of a company's account to somebody."""
    url = f"/v1/accounts/{company.account.id}/readings"
    readings = await client.get(url, headers=who.headers)
    reading_id = readings.json()["items"][0]["id"]
    form = f"/v1/accounts/{company.account.id}/reading-form"
    return [
        readings,
        await client.get(f"/v1/readings/{reading_id}", headers=who.headers),
        await client.get(form, headers=who.headers),
    ]


@pytest.mark.usefixtures("partners_owner")
@pytest.mark.parametrize("scope", LinkScope)
async def test_a_link_permits_what_the_table_says(
    client: AsyncClient, database: Database, owner: SignedIn, partner: Company, scope: LinkScope
) -> None:
    await share(database, partner, owner, scope)
    may = Permission.SUBMIT_READINGS in SCOPES[scope]

    answer = await submit(client, owner, partner, shows(partner, "1700"))
    form = await client.get(
        f"/v1/accounts/{partner.account.id}/reading-form", headers=owner.headers
    )
    dry = await submit(client, owner, partner, shows(partner, "1710"), dry_run=True)

    assert form.json()["may_submit"] is may
    assert answer.status_code == (201 if may else 403)
    assert dry.status_code == (200 if may else 403)
    if not may:
        problem = answer.json()
        assert (problem["code"], problem["scope"]) == ("link_scope_missing", scope)
        assert problem["scopes_needed"] == ["readings", "all"]
        assert "readings" in problem["detail"], "it says what to ask for"


async def test_one_may_submit_for_ones_own_account_and_by_ones_role(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    owner = await sign_in(database, access_tokens, company)
    viewer = await sign_in(database, access_tokens, company, role="viewer")
    url = f"/v1/accounts/{company.account.id}/reading-form"

    forms = [await client.get(url, headers=who.headers) for who in (owner, viewer)]

    assert [form.json()["may_submit"] for form in forms] == [True, False]


async def test_the_sms_names_who_asks_for_what_and_the_link_shows_it_to_both(
    story: Story, company: Company, owner: SignedIn, partner: Company, partners_owner: SignedIn
) -> None:
    link_id = await linked(story, owner, partner, "readings")
    code_sms = story.gateway.sent[-1].text

    assert company.organization.tax_id in code_sms
    assert partner.account.account_number in code_sms
    assert "подавати показання" in code_sms
    for who, direction in ((owner, "seen_by_us"), (partners_owner, "seen_by_others")):
        items = (await story.client.get(LINKS, headers=who.headers)).json()["items"]
        [shown] = [each for each in items if each["id"] == link_id]
        assert (shown["scope"], shown["direction"]) == ("readings", direction)


async def test_a_link_is_to_look_unless_more_was_asked_for(
    story: Story, owner: SignedIn, partner: Company, partners_owner: SignedIn
) -> None:
    asked = (await ask(story.client, owner, partner)).json()
    confirmed = await confirm(story.client, owner, asked["id"], await story.read_code(asked["id"]))
    own = (await story.client.get(LINKS, headers=partners_owner.headers)).json()["items"][0]

    assert asked["scope"] == confirmed.json()["scope"] == "view"
    assert own["scope"] == "all", "of one's own account"
    unknown = await ask(story.client, owner, partner, scope="everything")
    assert refusal(unknown) == (422, "validation_failed")


@pytest.mark.usefixtures("partners_owner")
async def test_what_a_looking_company_tried_stands_in_both_trails(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, partner: Company
) -> None:
    await share(database, partner, owner, "view")

    refused = await submit(client, owner, partner, shows(partner, "1700"))

    assert refusal(refused) == (403, "link_scope_missing")
    assert await count(database, Reading) == 2 * len(HISTORY)
    [ours] = await trail(database, company, "readings.refused")
    [theirs] = await trail(database, partner, "readings.refused")
    assert ours.member_id == owner.member.id
    assert ours.details["with_tax_id"] == partner.organization.tax_id
    assert (theirs.member_id, theirs.session_id, theirs.address) == (None, None, None)
    assert theirs.details["by_tax_id"] == company.organization.tax_id
    assert ours.subject_id == theirs.subject_id == partner.account.id


async def test_the_accounts_owner_sees_which_company_submitted_and_nobody_else_does(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
    stranger: SignedIn,
) -> None:
    await share(database, partner, owner, "readings")
    await share(database, partner, stranger, "all")

    answer = await submit(client, owner, partner, shows(partner, "1700"))

    assert answer.status_code == 201
    named = {"tax_id": company.organization.tax_id, "name": company.organization.name}
    receipt = f"/v1/reading-receipts/{answer.json()['receipt_id']}"
    for who, by in ((partners_owner, named), (owner, None), (stranger, None)):
        readings, one, form = await listed(client, who, partner)
        kept = (await client.get(receipt, headers=who.headers)).json()["items"][0]
        assert readings.json()["items"][0]["submitted_by"] == by
        assert one.json()["submitted_by"] == kept["submitted_by"] == by
        [register] = form.json()["registers"]
        assert register["submitted"]["submitted_by"] == by
        assert readings.json()["items"][-1]["submitted_by"] is None, "the operator's own"
    again = await submit(client, partners_owner, partner, shows(partner, "1700"))
    assert (again.status_code, again.json()["items"][0]["submitted_by"]) == (200, named)
    await submit(client, partners_owner, partner, shows(partner, "1701"))
    [mine, _, _] = await listed(client, partners_owner, partner)
    assert mine.json()["items"][0]["submitted_by"] is None, "the owner's own"


async def test_a_foreign_submission_stands_in_both_trails_and_the_first_is_told(
    story: Story,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    await share(database, partner, owner, "readings")

    answers = [
        await submit(story.client, owner, partner, shows(partner, value))
        for value in ("1700", "1701")
    ]
    await story.messages.sweep()

    receipts = [answer.json()["receipt_id"] for answer in answers]
    ours = await trail(database, company, "readings.submitted")
    theirs = await trail(database, partner, "readings.submitted")
    assert [str(each.subject_id) for each in ours] == receipts
    assert [str(each.subject_id) for each in theirs] == receipts
    assert {each.details["with_tax_id"] for each in ours} == {partner.organization.tax_id}
    assert {each.details["by_tax_id"] for each in theirs} == {company.organization.tax_id}
    assert {each.details["account_id"] for each in theirs} == {str(partner.account.id)}
    assert {(each.member_id, each.address) for each in theirs} == {(None, None)}
    [told] = story.gateway.sent
    assert told.phone in partners_owner.member.phone
    assert company.organization.tax_id in told.text
    assert partner.account.account_number in told.text


async def test_the_owner_is_told_when_a_link_becomes_active(
    story: Story, company: Company, owner: SignedIn, partner: Company, partners_owner: SignedIn
) -> None:
    await linked(story, owner, partner, "view")
    await story.messages.sweep()

    [_, told] = story.gateway.sent
    assert told.phone in partners_owner.member.phone
    assert company.organization.tax_id in told.text
    assert partner.account.account_number in told.text
    assert "#" not in told.text


@pytest.mark.usefixtures("partners_owner")
async def test_asking_again_with_another_scope_changes_the_link(
    story: Story, owner: SignedIn, partner: Company
) -> None:
    client = story.client
    link_id = await linked(story, owner, partner, "view")

    same = await ask(client, owner, partner, scope="view")
    wider = await linked(story, owner, partner, "all")
    submitted = await submit(client, owner, partner, shows(partner, "1700"))
    narrower = await linked(story, owner, partner, "view")
    refused = await submit(client, owner, partner, shows(partner, "1701"))

    assert refusal(same) == (409, "account_already_linked")
    assert link_id == wider == narrower
    assert submitted.status_code == 201
    assert refusal(refused) == (403, "link_scope_missing")


@pytest.mark.usefixtures("partners_owner")
async def test_every_step_of_a_request_stands_in_both_trails(
    story: Story,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    clock: FrozenClock,
) -> None:
    asked = (await ask(story.client, owner, partner, scope="readings")).json()["id"]
    clock.advance(timedelta(seconds=61))
    again = await story.client.post(f"{LINKS}/{asked}/codes", headers=owner.headers)
    assert again.status_code == 202
    code = await story.read_code(asked)
    await confirm(story.client, owner, asked, f"{(int(code) + 1) % 10**6:06}")
    confirmed = await confirm(story.client, owner, asked, code)
    await story.client.delete(f"{LINKS}/{confirmed.json()['id']}", headers=owner.headers)

    names = {
        "account.link_requested": "account.link_requested",
        "account.link_code_resent": "account.link_code_resent",
        "account.link_refused": "account.link_refused",
        "account.linked": "account.shared",
        "account.unlinked": "account.unshared",
    }
    for here, there in names.items():
        [ours] = await trail(database, company, here)
        [theirs] = await trail(database, partner, there)
        assert ours.member_id == owner.member.id, here
        assert theirs.member_id is None, there
        assert ours.details["scope"] == theirs.details["scope"] == "readings"
        assert theirs.details["by_tax_id"] == company.organization.tax_id


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
async def test_without_a_tax_id_the_refusal_speaks_of_the_companys_own_accounts(
    client: AsyncClient, owner: SignedIn, language: str
) -> None:
    headers = owner.headers | {"Accept-Language": language}

    answer = await client.post(LINKS, json={"account_number": "9999999999"}, headers=headers)

    assert refusal(answer) == (422, "account_not_found")
    assert "tax_id" in answer.json()["detail"]
