"""An owner who fears a theft shuts everybody else out at once."""

import pytest
from httpx import AsyncClient

from app.database import Database
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company
from tests.fakes.clock import NOON
from tests.steps.accounts.linking import ask, linked_numbers, refusal
from tests.steps.identity.resets import change
from tests.steps.identity.stories import bearer
from tests.steps.metering.submitting import shows, submit
from tests.steps.operations.audit import audited

URL = "/v1/cabinet-freeze"


@pytest.fixture
async def clerk(
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
    owner: SignedIn,  # noqa: ARG001 - a cabinet has its owner first
) -> SignedIn:
    stored = await passwords.hash(PASSWORD)
    return await sign_in(database, access_tokens, company, role="metering", password_hash=stored)


async def test_while_it_is_frozen_only_the_owner_is_let_in(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, clerk: SignedIn
) -> None:
    credentials = {"phone": clerk.member.phone, "password": PASSWORD}
    tokens = (await client.post("/v1/sessions", json=credentials)).json()

    frozen = [await client.put(URL, headers=owner.headers) for _ in range(2)]

    assert [each.status_code for each in frozen] == [204, 204]
    refresh = {"refresh_token": tokens["refresh_token"]}
    answers = [
        await client.get("/v1/accounts", headers=clerk.headers),
        await client.get("/v1/me", headers=bearer(tokens)),
        await client.post("/v1/sessions/refresh", json=refresh),
        await client.post("/v1/sessions", json=credentials),
    ]
    ended = [(401, "session_ended")] * 3
    assert [refusal(each) for each in answers] == [*ended, (401, "credentials_rejected")]
    me = (await client.get("/v1/me", headers=owner.headers)).json()
    assert me["cabinet_frozen_at"] == "2026-11-30T10:00:00Z"
    members = (await client.get("/v1/members", headers=owner.headers)).json()["items"]
    assert [each["status"] for each in members] == ["active", "frozen"]
    assert (await audited(database, company)).count("cabinet.frozen") == 1


async def test_lifted_it_gives_everybody_back_what_they_had(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, clerk: SignedIn
) -> None:
    await client.put(URL, headers=owner.headers)

    lifted = [await client.delete(URL, headers=owner.headers) for _ in range(2)]

    assert [each.status_code for each in lifted] == [204, 204]
    assert (await client.get("/v1/accounts", headers=clerk.headers)).status_code == 200
    assert (await audited(database, company)).count("cabinet.unfrozen") == 1


async def test_a_thief_of_the_number_may_freeze_and_not_lift(
    client: AsyncClient, database: Database, owner: SignedIn
) -> None:
    await change(database, owner.member, password_reset_at=NOON)

    frozen = await client.put(URL, headers=owner.headers)
    lifted = await client.delete(URL, headers=owner.headers)

    assert frozen.status_code == 204
    assert refusal(lifted) == (409, "hold_after_reset")


async def test_companies_that_see_its_accounts_do_not_see_them_meanwhile(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    async with database.begin() as transaction:
        transaction.add(link_of(company, linked_by=partner.organization.id))
    number = company.account.account_number
    before = await linked_numbers(client, partners_owner)
    await client.put(URL, headers=owner.headers)

    submitted = await submit(client, partners_owner, company, shows(company, "1700"))
    meanwhile = await linked_numbers(client, partners_owner)
    own = await linked_numbers(client, owner)
    await client.delete(URL, headers=owner.headers)
    after = await linked_numbers(client, partners_owner)

    assert number in before
    assert refusal(submitted) == (404, "not_found")
    assert meanwhile == [partner.account.account_number]
    assert own == [number]
    assert after == before


async def test_a_frozen_cabinet_asks_for_no_account(
    client: AsyncClient, owner: SignedIn, partner: Company
) -> None:
    await client.put(URL, headers=owner.headers)

    response = await ask(client, owner, partner)

    assert refusal(response) == (409, "cabinet_frozen")
