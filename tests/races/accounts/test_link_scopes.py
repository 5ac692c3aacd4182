"""Of consent taken back and its use at the same moment one comes first, and both know which."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, update

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Message
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import SignedIn, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company, create_company
from tests.faults.locks import until_somebody_waits

pytestmark = pytest.mark.committing
LINKS = "/v1/account-links"
ROUNDS = 5


@pytest.fixture
async def partner(database: Database) -> Company:
    """The company whose account others want to use."""
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def partners_owner(
    database: Database, access_tokens: AccessTokens, partner: Company
) -> SignedIn:
    return await sign_in(database, access_tokens, partner)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def asking(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def submit(client: AsyncClient, who: SignedIn, company: Company, value: int) -> str:
    response = await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [{"register_id": str(company.register.id), "value": str(value)}]},
        headers=who.headers,
    )
    return "recorded" if response.status_code == 201 else str(response.json()["code"])


async def recorded(database: Database) -> int:
    async with database.begin() as transaction:
        theirs = select(func.count()).select_from(Reading).where(Reading.source == "cabinet")
        return await transaction.scalar(theirs) or 0


async def share(database: Database, partner: Company, with_: SignedIn, scope: str) -> None:
    async with database.begin() as transaction:
        transaction.add(link_of(partner, linked_by=with_.member.organization_id, scope=scope))


@asynccontextmanager
async def changing_the_link(
    database: Database, holder: SignedIn, **values: Any
) -> AsyncIterator[None]:
    """Change the link in a transaction that commits when the block ends."""
    async with database.begin() as transaction:
        await transaction.execute(
            update(AccountLink)
            .where(
                AccountLink.organization_id == holder.member.organization_id,
                AccountLink.account_organization_id != holder.member.organization_id,
            )
            .values(**values)
        )
        yield


@pytest.mark.usefixtures("partners_owner")
@pytest.mark.parametrize(
    ("change", "code"),
    [({"ended_at": func.now()}, "not_found"), ({"scope": "view"}, "link_scope_missing")],
    ids=["ended", "narrowed"],
)
async def test_a_submission_that_meets_the_end_of_its_consent_waits_and_is_refused(
    client: AsyncClient,
    database: Database,
    partner: Company,
    asking: SignedIn,
    change: dict[str, Any],
    code: str,
) -> None:
    await share(database, partner, asking, "readings")

    async with changing_the_link(database, asking, **change):
        writing = asyncio.create_task(submit(client, asking, partner, 1100))
        await until_somebody_waits(database)

    assert await writing == code
    assert await recorded(database) == 0


async def test_nothing_is_recorded_once_the_owner_has_ended_the_link(
    client: AsyncClient,
    database: Database,
    partner: Company,
    partners_owner: SignedIn,
    asking: SignedIn,
) -> None:
    await share(database, partner, asking, "readings")
    links = (await client.get(LINKS, headers=partners_owner.headers)).json()["items"]
    [foreign] = [each["id"] for each in links if each["direction"] == "seen_by_others"]
    before = asyncio.gather(
        *(submit(client, asking, partner, 1100 + number) for number in range(10))
    )

    ended = await client.delete(f"{LINKS}/{foreign}", headers=partners_owner.headers)
    known = await recorded(database)
    after = [await submit(client, asking, partner, 1200 + number) for number in range(3)]
    outcomes = await before

    assert ended.status_code == 204
    assert set(after) == {"not_found"}
    assert set(outcomes) <= {"recorded", "not_found", "busy"}
    assert await recorded(database) == outcomes.count("recorded") == known


@pytest.mark.usefixtures("partners_owner")
async def test_of_many_first_submissions_at_once_one_is_told(
    client: AsyncClient, database: Database, partner: Company, asking: SignedIn
) -> None:
    await share(database, partner, asking, "all")

    outcomes = await asyncio.gather(
        *(submit(client, asking, partner, 1100 + number) for number in range(10))
    )

    assert "recorded" in outcomes
    async with database.begin() as transaction:
        told = (await transaction.scalars(select(Message.template))).all()
    assert told == ["first_readings_by_others"]


async def ask(client: AsyncClient, who: SignedIn, partner: Company, scope: str) -> str:
    body = {
        "account_number": partner.account.account_number,
        "tax_id": partner.organization.tax_id,
        "scope": scope,
    }
    link_id: str = (await client.post(LINKS, json=body, headers=who.headers)).json()["id"]
    return link_id


async def code_of(database: Database, secret_key: SecretKey, request_id: str) -> str:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(CodeChallenge).where(CodeChallenge.subject_id == request_id)
        )
        return found.one().digits(secret_key)


async def foreign_links(database: Database, holder: SignedIn) -> list[AccountLink]:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(AccountLink).where(
                AccountLink.organization_id == holder.member.organization_id,
                AccountLink.account_organization_id != holder.member.organization_id,
                AccountLink.ended_at.is_(None),
            )
        )
        return list(found)


async def test_a_confirmation_and_a_block_at_once_leave_a_link_or_a_refusal(
    client: AsyncClient,
    database: Database,
    secret_key: SecretKey,
    company: Company,
    partner: Company,
    partners_owner: SignedIn,
    asking: SignedIn,
) -> None:
    blocked = f"/v1/blocked-companies/{company.organization.tax_id}"
    held = ""
    for _ in range(2 * ROUNDS):
        scope = "readings" if held == "view" else "view"
        request_id = await ask(client, asking, partner, scope)
        code = await code_of(database, secret_key, request_id)

        confirmed, block = await asyncio.gather(
            client.post(
                f"{LINKS}/{request_id}/confirmations", json={"code": code}, headers=asking.headers
            ),
            client.put(blocked, headers=partners_owner.headers),
        )
        late = await client.post(
            f"{LINKS}/{request_id}/confirmations", json={"code": code}, headers=asking.headers
        )
        refused = await client.post(LINKS, json={}, headers=asking.headers)
        await client.delete(blocked, headers=partners_owner.headers)

        assert block.status_code == 204
        assert late.json()["code"] == "code_rejected"
        assert refused.status_code == 422
        links = await foreign_links(database, asking)
        if confirmed.status_code == 201:
            held = scope
        else:
            assert confirmed.json()["code"] in {"code_rejected", "company_blocked"}
        assert [each.scope for each in links] == ([held] if held else [])


async def test_a_confirmation_and_an_unlinking_at_once_leave_at_most_one_link(
    client: AsyncClient,
    database: Database,
    secret_key: SecretKey,
    partner: Company,
    partners_owner: SignedIn,
    asking: SignedIn,
) -> None:
    for _ in range(ROUNDS):
        for each in await foreign_links(database, asking):
            await client.delete(f"{LINKS}/{each.id}", headers=partners_owner.headers)
        await share(database, partner, asking, "view")
        [before] = await foreign_links(database, asking)
        request_id = await ask(client, asking, partner, "readings")
        code = await code_of(database, secret_key, request_id)

        confirmed, ended = await asyncio.gather(
            client.post(
                f"{LINKS}/{request_id}/confirmations", json={"code": code}, headers=asking.headers
            ),
            client.delete(f"{LINKS}/{before.id}", headers=partners_owner.headers),
        )

        assert (confirmed.status_code, ended.status_code) == (201, 204)
        links = await foreign_links(database, asking)
        # Confirmed first, the changed link was ended; ended first, there is a new one.
        assert [each.scope for each in links] in ([], ["readings"])
        assert all(each.id != before.id for each in links)
