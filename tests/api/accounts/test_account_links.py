"""Which accounts a cabinet shows: the company's own at once, another's with its consent."""

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.customers.account import Account
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, password_hash, sign_in
from tests.factories.registry import Company, create_account
from tests.steps.accounts.linking import (
    LINKS,
    ask,
    confirm,
    link,
    link_ids,
    linked_numbers,
    refusal,
)
from tests.steps.identity.stories import Story
from tests.steps.operations.audit import audited


@pytest.fixture
async def second(database: Database, company: Company) -> Account:
    """Another account of the same company."""
    return await create_account(database, company.organization)


async def test_another_account_of_the_company_is_linked_at_once(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, second: Account
) -> None:
    response = await link(client, owner, second)

    assert response.status_code == 201
    body = response.json()
    listed = (await client.get("/v1/accounts", headers=owner.headers)).json()["items"]
    assert body["status"] == "active"
    assert body["account"] in listed
    assert body["account"]["account_number"] == second.account_number
    assert body["holder"]["tax_id"] == company.organization.tax_id
    assert second.account_number in await linked_numbers(client, owner)
    assert "account.linked" in await audited(database, company)
    again = await link(client, owner, second)
    assert refusal(again) == (409, "account_already_linked")


async def test_the_companys_own_tax_id_may_be_given_and_must_be_right(
    client: AsyncClient, company: Company, owner: SignedIn, second: Account, partner: Company
) -> None:
    foreign = await link(client, owner, second, tax_id=partner.organization.tax_id)
    own = await link(client, owner, second, tax_id=company.organization.tax_id)

    assert refusal(foreign) == (422, "account_not_found")
    assert own.status_code == 201


@pytest.mark.usefixtures("partners_owner")
async def test_unknown_and_foreign_pairs_answer_alike(
    client: AsyncClient, company: Company, owner: SignedIn, partner: Company
) -> None:
    own_tax_id = company.organization.tax_id
    answers = [
        await client.post(LINKS, json=body, headers=owner.headers)
        for body in (
            {"account_number": "9999999999"},
            {"account_number": "9999999999", "tax_id": partner.organization.tax_id},
            {"account_number": partner.account.account_number},
            {"account_number": partner.account.account_number, "tax_id": own_tax_id},
        )
    ]

    bodies = [{**answer.json(), "request_id": None} for answer in answers]
    assert {answer.status_code for answer in answers} == {422}
    assert bodies[0] == bodies[2], "without a tax id"
    assert bodies[1] == bodies[3], "with one"
    assert {body["code"] for body in bodies} == {"account_not_found"}
    invalid = await client.post(LINKS, json={"account_number": "x"}, headers=owner.headers)
    assert refusal(invalid) == (422, "account_number_invalid")


async def test_either_company_ends_a_link_between_them(
    story: Story,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    client, name = story.client, f"{partner.account.account_number} {company.organization.tax_id}"
    for ending in (owner, partners_owner):
        asked = (await ask(client, owner, partner)).json()["id"]
        await confirm(client, owner, asked, await story.read_code(asked))
        assert (await link_ids(client, owner))[name] == (await link_ids(client, partners_owner))[
            name
        ]

        path = f"{LINKS}/{(await link_ids(client, ending))[name]}"
        ended = await client.delete(path, headers=ending.headers)

        assert (ended.status_code, ended.content) == (204, b"")
        assert name not in await link_ids(client, owner)
        assert partner.account.account_number not in await linked_numbers(client, owner)
        gone = await client.delete(path, headers=ending.headers)
        assert refusal(gone) == (404, "not_found")
    assert list(await audited(database, partner)).count("account.unshared") == 2
    assert list(await audited(database, company)).count("account.unlinked") == 2


async def test_the_last_own_account_stays(
    story: Story, company: Company, owner: SignedIn, second: Account
) -> None:
    client = story.client
    tax_id = company.organization.tax_id
    first = (await link_ids(client, owner))[f"{company.account.account_number} {tax_id}"]

    refused = await client.delete(f"{LINKS}/{first}", headers=owner.headers)
    await link(client, owner, second)
    ended = await client.delete(f"{LINKS}/{first}", headers=owner.headers)

    assert refusal(refused) == (409, "last_account")
    assert ended.status_code == 204
    assert await linked_numbers(client, owner) == [second.account_number]


@pytest.mark.usefixtures("partners_owner")
async def test_anothers_account_does_not_let_the_last_own_one_go(
    story: Story, company: Company, owner: SignedIn, partner: Company
) -> None:
    client = story.client
    asked = (await ask(client, owner, partner)).json()["id"]
    await confirm(client, owner, asked, await story.read_code(asked))
    links = await link_ids(client, owner)
    own = links[f"{company.account.account_number} {company.organization.tax_id}"]

    response = await client.delete(f"{LINKS}/{own}", headers=owner.headers)

    assert refusal(response) == (409, "last_account")


async def test_any_linked_own_number_signs_the_owner_in_and_an_unlinked_one_does_not(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
    second: Account,
    partner: Company,
) -> None:
    hashed = await password_hash(passwords)
    owner = await sign_in(database, access_tokens, company, password_hash=hashed)

    async def signs_in(account: Account) -> int:
        body = {"account_number": account.account_number, "password": PASSWORD}
        return (await client.post("/v1/sessions", json=body)).status_code

    assert await signs_in(second) == 401
    made = (await link(client, owner, second)).json()["id"]
    assert await signs_in(second) == await signs_in(company.account) == 201
    await client.delete(f"{LINKS}/{made}", headers=owner.headers)
    assert await signs_in(second) == 401
    assert await signs_in(company.account) == 201
    assert await signs_in(partner.account) == 401


@pytest.mark.parametrize(
    ("role", "status"), [("manager", 201), ("metering", 403), ("accountant", 403), ("viewer", 403)]
)
async def test_owner_and_manager_link(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    second: Account,
    role: str,
    status: int,
) -> None:
    member = await sign_in(database, access_tokens, company, role=role)

    assert (await link(client, member, second)).status_code == status


async def test_the_list_goes_on_where_it_stopped(
    client: AsyncClient, owner: SignedIn, second: Account
) -> None:
    await link(client, owner, second)

    first = (await client.get(f"{LINKS}?limit=1", headers=owner.headers)).json()
    cursor = first["next_cursor"]
    rest = (await client.get(f"{LINKS}?limit=1&cursor={cursor}", headers=owner.headers)).json()
    bad = await client.get(f"{LINKS}?cursor=x", headers=owner.headers)

    assert [len(page["items"]) for page in (first, rest)] == [1, 1]
    assert rest["items"][0]["account"]["account_number"] == second.account_number
    assert rest["next_cursor"] is None
    assert refusal(bad) == (422, "cursor_invalid")
