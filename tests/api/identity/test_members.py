from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.base import new_id
from app.models.identity.actions import IdentityAction
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, new_phone, sign_in
from tests.factories.registry import Company, create_account, create_company
from tests.steps.operations.audit import audited


@pytest.fixture
async def clerk(
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,  # noqa: ARG001 - a cabinet has its owner first
) -> SignedIn:
    return await sign_in(
        database, access_tokens, company, role="metering", full_name="Олена Кравець"
    )


async def change(client: AsyncClient, who: SignedIn, member_id: UUID, **body: Any) -> Response:
    return await client.patch(f"/v1/members/{member_id}", json=body, headers=who.headers)


async def remove(client: AsyncClient, who: SignedIn, member_id: UUID) -> Response:
    return await client.delete(f"/v1/members/{member_id}", headers=who.headers)


def refusal(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_the_owner_sees_who_may_sign_in(
    client: AsyncClient, owner: SignedIn, clerk: SignedIn
) -> None:
    response = await client.get("/v1/members", headers=owner.headers)

    assert response.status_code == 200
    first, second = response.json()["items"]
    assert (first["id"], first["role"]) == (str(owner.member.id), "owner")
    assert second == {
        "id": str(clerk.member.id),
        "full_name": "Олена Кравець",
        "phone_masked": f"+380 50 *** ** {clerk.member.phone[-2:]}",
        "role": "metering",
        "account_ids": None,
        "expires_on": None,
        "status": "active",
        "created_at": "2026-11-30T10:00:00Z",
        "last_seen_at": "2026-11-30T10:00:00Z",
    }


@pytest.mark.usefixtures("clerk")
async def test_members_are_read_in_stretches(client: AsyncClient, owner: SignedIn) -> None:
    first = (await client.get("/v1/members?limit=1", headers=owner.headers)).json()
    second = (
        await client.get(
            f"/v1/members?limit=1&cursor={first['next_cursor']}", headers=owner.headers
        )
    ).json()
    foreign = await client.get(f"/v1/accounts?cursor={first['next_cursor']}", headers=owner.headers)

    assert [item["role"] for item in first["items"] + second["items"]] == ["owner", "metering"]
    assert second["next_cursor"] is None
    assert refusal(foreign) == (422, "cursor_invalid")


async def test_the_owner_changes_what_a_member_may(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, clerk: SignedIn
) -> None:
    response = await change(
        client,
        owner,
        clerk.member.id,
        role="viewer",
        account_ids=[str(company.account.id)],
        expires_on="2026-11-30",
    )

    body = response.json()
    assert response.status_code == 200
    assert (body["role"], body["account_ids"], body["expires_on"], body["status"]) == (
        "viewer",
        [str(company.account.id)],
        "2026-11-30",
        "active",
    )
    async with database.begin() as transaction:
        event = (
            await transaction.scalars(
                select(AuditEvent).where(AuditEvent.action == IdentityAction.MEMBER_CHANGED)
            )
        ).one()
    assert (event.member_id, event.subject_id) == (owner.member.id, clerk.member.id)
    assert event.details == {
        "role": "viewer",
        "account_ids": [str(company.account.id)],
        "expires_on": "2026-11-30",
    }


@pytest.mark.parametrize("invites", [False, True])
async def test_as_many_accounts_as_the_document_allows_fit_into_a_request(
    client: AsyncClient, owner: SignedIn, clerk: SignedIn, *, invites: bool
) -> None:
    accounts = [str(new_id()) for _ in range(1000)]
    invitation = {"phone": new_phone(), "full_name": "Олена", "role": "viewer"}

    if invites:
        body = invitation | {"account_ids": accounts}
        answer = await client.post("/v1/invitations", json=body, headers=owner.headers)
    else:
        answer = await change(client, owner, clerk.member.id, account_ids=accounts)

    assert refusal(answer) == (404, "account_not_linked")


async def test_a_change_that_changes_nothing_stands_in_no_audit_trail(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, clerk: SignedIn
) -> None:
    limits = {"account_ids": [str(company.account.id)], "expires_on": "2026-12-31"}
    real: list[dict[str, Any]] = [
        {"role": "viewer"},
        limits,
        {"is_frozen": True},
        {"is_frozen": False},
    ]

    for changes in real:
        for _ in range(3):
            answer = await change(client, owner, clerk.member.id, **changes)
            assert answer.status_code == 200
    await change(client, owner, clerk.member.id)

    assert list(await audited(database, company)).count(IdentityAction.MEMBER_CHANGED) == len(real)


async def test_null_lifts_a_limit_and_what_is_not_named_stays(
    client: AsyncClient, company: Company, owner: SignedIn, clerk: SignedIn
) -> None:
    await change(
        client,
        owner,
        clerk.member.id,
        account_ids=[str(company.account.id)],
        expires_on="2026-12-31",
    )

    body = (
        await change(client, owner, clerk.member.id, account_ids=None, role=None, is_frozen=None)
    ).json()

    assert (body["role"], body["account_ids"], body["expires_on"], body["status"]) == (
        "metering",
        None,
        "2026-12-31",
        "active",
    )


async def test_a_freeze_shuts_out_at_once_and_lifting_it_lets_back_in(
    client: AsyncClient, owner: SignedIn, clerk: SignedIn
) -> None:
    frozen = (await change(client, owner, clerk.member.id, is_frozen=True)).json()
    shut_out = await client.get("/v1/me", headers=clerk.headers)
    again = (await change(client, owner, clerk.member.id, is_frozen=True)).json()
    lifted = (await change(client, owner, clerk.member.id, is_frozen=False)).json()
    back_in = await client.get("/v1/me", headers=clerk.headers)

    assert [each["status"] for each in (frozen, again, lifted)] == ["frozen", "frozen", "active"]
    assert refusal(shut_out) == (401, "session_ended")
    assert back_in.status_code == 200


async def test_a_removed_member_is_out_and_the_phone_is_free(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    clerk: SignedIn,
) -> None:
    removed = await remove(client, owner, clerk.member.id)
    shut_out = await client.get("/v1/me", headers=clerk.headers)
    again = await remove(client, owner, clerk.member.id)
    listed = (await client.get("/v1/members", headers=owner.headers)).json()["items"]

    assert (removed.status_code, removed.content) == (204, b"")
    assert refusal(shut_out) == (401, "session_ended")
    assert refusal(again) == (404, "not_found")
    assert [item["role"] for item in listed] == ["owner"]
    assert IdentityAction.MEMBER_REMOVED in await audited(database, company)
    successor = await sign_in(
        database, access_tokens, company, role="viewer", phone=clerk.member.phone
    )
    assert (await client.get("/v1/me", headers=successor.headers)).status_code == 200


async def test_nobody_changes_or_removes_the_owner(client: AsyncClient, owner: SignedIn) -> None:
    changed = await change(client, owner, owner.member.id, role="viewer")
    removed = await remove(client, owner, owner.member.id)

    assert refusal(changed) == (409, "owner_cannot_be_changed")
    assert refusal(removed) == (409, "owner_cannot_be_removed")


async def test_an_account_outside_the_cabinet_limits_nobody(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, clerk: SignedIn
) -> None:
    available = await create_account(database, company.organization)
    foreign = (await create_company(database)).account

    answers = [
        await change(client, owner, clerk.member.id, account_ids=[str(company.account.id), each])
        for each in (str(available.id), str(foreign.id), "0190c2a4-0000-7000-8000-000000000000")
    ]

    for answer in answers:
        assert refusal(answer) == (404, "account_not_linked")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/account_ids/1"]
    assert len({answer.json()["detail"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"expires_on": "2026-11-29"}, "expires_on_passed"),
        ({"role": "owner"}, "validation_failed"),
        ({"account_ids": []}, "validation_failed"),
        ({"phone": new_phone()}, "validation_failed"),
    ],
)
async def test_what_a_member_cannot_be_given_is_refused(
    client: AsyncClient, owner: SignedIn, clerk: SignedIn, body: dict[str, Any], code: str
) -> None:
    response = await change(client, owner, clerk.member.id, **body)

    assert refusal(response) == (422, code)
