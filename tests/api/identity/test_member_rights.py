"""What a limit to accounts, a last day and a freeze mean; roles are in the table of rights."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import update

from app.access import PERMISSIONS, WHOLE_CABINET, Permission, Role
from app.clock import kyiv_midnight
from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.architecture.bodies import BODIES
from tests.architecture.rights import MEMBERS
from tests.factories.people import PASSWORD, SignedIn, headers_at, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company, create_account, create_company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.identity.stories import bearer
from tests.steps.metering.submitting import shows, submit

LAST_DAY = date(2026, 12, 5)
OF_AN_ACCOUNT: Final = sorted(
    route for route in MEMBERS if "{account_id}" in route or "{reading_id}" in route
)


async def call(client: AsyncClient, who: SignedIn, route: str, company: Company) -> Response:
    method, _, path = route.partition(" ")
    ids = {
        "account_id": company.account.id,
        "reading_id": company.readings[0].id,
        "receipt_id": uuid4(),
    }
    body = BODIES.get(route)
    return await client.request(method, path.format(**ids), headers=who.headers, json=body)


@pytest.fixture
async def branch(database: Database, owner: SignedIn) -> Company:
    """Another company's account that the cabinet shows too."""
    branch = await create_company(database, history={"2026-09": "10", "2026-10": "20"})
    async with database.begin() as transaction:
        transaction.add(link_of(branch, linked_by=owner.member.organization_id, scope="readings"))
    return branch


@pytest.fixture
async def limited(
    database: Database, access_tokens: AccessTokens, company: Company, branch: Company
) -> SignedIn:
    """A metering clerk who looks after the branch's account only."""
    return await sign_in(
        database, access_tokens, company, role="metering", account_ids=[branch.account.id]
    )


@pytest.mark.parametrize("route", OF_AN_ACCOUNT)
async def test_a_limited_member_finds_no_other_account(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    branch: Company,
    route: str,
) -> None:
    role = min(MEMBERS[route].roles - {"owner"})
    accounts = [branch.account.id]
    limited = await sign_in(database, access_tokens, company, role=role, account_ids=accounts)

    theirs = await call(client, limited, route, branch)
    others = await call(client, limited, route, company)

    assert theirs.status_code != 404 or theirs.json()["code"] == "register_not_found"
    assert (others.status_code, others.json()["code"]) == (404, "not_found")


async def test_a_limited_members_lists_and_counts_hold_their_accounts_only(
    client: AsyncClient, database: Database, company: Company, branch: Company, limited: SignedIn
) -> None:
    await create_account(database, company.organization)

    accounts = (await client.get("/v1/accounts", headers=limited.headers)).json()["items"]
    me = (await client.get("/v1/me", headers=limited.headers)).json()
    consumption = await client.get(
        "/v1/consumption?group_by=account&from=2026-10&to=2026-10", headers=limited.headers
    )

    assert [item["id"] for item in accounts] == [str(branch.account.id)]
    assert me["counts"] == {"linked_accounts": 1, "available_accounts": 0, "meters": 1}
    assert str(branch.account.id) in consumption.text
    assert str(company.account.id) not in consumption.text
    assert consumption.json()["summary"]["total_kwh"] == "10.000"


async def test_a_limited_member_reads_no_receipt_of_another_account(
    client: AsyncClient, company: Company, branch: Company, owner: SignedIn, limited: SignedIn
) -> None:
    receipts = [
        (await submit(client, owner, each, shows(each, "1700"), confirm_unusual=True)).json()
        for each in (company, branch)
    ]

    answers = [
        await client.get(f"/v1/reading-receipts/{each['receipt_id']}", headers=limited.headers)
        for each in receipts
    ]

    assert [answer.status_code for answer in answers] == [404, 200]


@pytest.mark.usefixtures("owner")
async def test_an_account_that_is_unlinked_is_gone_for_whoever_was_limited_to_it(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    absent = await create_account(database, company.organization)
    member = await sign_in(
        database, access_tokens, company, role="manager", account_ids=[absent.id]
    )

    accounts = await client.get("/v1/accounts", headers=member.headers)

    assert accounts.json()["items"] == []


def test_only_whole_members_care_for_the_whole_cabinet() -> None:
    assert set(WHOLE_CABINET) == {
        Permission.LINK_ACCOUNTS,
        Permission.BLOCK_COMPANIES,
        Permission.MANAGE_MEMBERS,
        Permission.VIEW_AUDIT,
    }
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (kyiv_midnight(LAST_DAY + timedelta(days=1)) - timedelta(seconds=1), 200),
        (kyiv_midnight(LAST_DAY + timedelta(days=1)), 401),
    ],
)
async def test_the_last_day_ends_at_midnight_in_kyiv(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    clock: FrozenClock,
    moment: datetime,
    status: int,
) -> None:
    member = await sign_in(database, access_tokens, company, role="viewer", expires_on=LAST_DAY)
    clock.moment = moment

    response = await client.get("/v1/me", headers=headers_at(access_tokens, member, moment))

    assert response.status_code == status
    assert response.json().get("code") == (None if status == 200 else "session_ended")


KEPT_OUT: Final[list[dict[str, Any]]] = [
    {"frozen_at": NOON},
    {"expires_on": date(2026, 11, 29)},
    {"removed_at": NOON},
]


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("change", KEPT_OUT, ids=lambda change: next(iter(change)))
async def test_whoever_is_kept_out_neither_signs_in_nor_stays_in(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
    change: dict[str, Any],
) -> None:
    stored = await passwords.hash(PASSWORD)
    clerk = await sign_in(database, access_tokens, company, role="metering", password_hash=stored)
    credentials = {"phone": clerk.member.phone, "password": PASSWORD}
    tokens = (await client.post("/v1/sessions", json=credentials)).json()
    async with database.begin() as transaction:
        await transaction.execute(
            update(Member).where(Member.id == clerk.member.id).values(**change)
        )

    answers = [
        await client.post("/v1/sessions", json=credentials),
        await client.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]}),
        await client.get("/v1/me", headers=bearer(tokens)),
    ]

    seen = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert seen == [(401, "credentials_rejected"), *[(401, "session_ended")] * 2]
