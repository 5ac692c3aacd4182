"""Where members are signed in, and how they sign out elsewhere."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.identity.actions import IdentityAction
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, bearer, password_hash, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.operations.audit import audited


@pytest.fixture
async def owner(
    database: Database, access_tokens: AccessTokens, company: Company, passwords: PasswordHasher
) -> SignedIn:
    """An owner whose company is not proven theirs: their sessions are."""
    hashed = await password_hash(passwords)
    return await sign_in(database, access_tokens, company, password_hash=hashed, is_proven=False)


async def enter(client: AsyncClient, company: Company, device: str) -> dict[str, Any]:
    body = {"account_number": company.account.account_number, "password": PASSWORD}
    answer = await client.post("/v1/sessions", json=body, headers={"User-Agent": device})
    tokens: dict[str, Any] = answer.json()
    return tokens


async def shown(client: AsyncClient, headers: dict[str, str], query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/v1/sessions{query}", headers=headers)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def end(client: AsyncClient, headers: dict[str, str], session_id: object) -> Response:
    return await client.delete(f"/v1/sessions/{session_id}", headers=headers)


async def is_over(client: AsyncClient, tokens: dict[str, Any]) -> bool:
    answers = [
        await client.get("/v1/me", headers=bearer(tokens["access_token"])),
        await client.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]}),
    ]
    codes = {answer.json().get("code") for answer in answers}
    assert len(codes) == 1
    return codes == {"session_ended"}


async def test_members_see_where_they_are_signed_in(
    client: AsyncClient, company: Company, owner: SignedIn, clock: FrozenClock
) -> None:
    clock.advance(timedelta(minutes=1))
    phone = await enter(client, company, "Phone")
    clock.advance(timedelta(minutes=1))
    await client.post("/v1/sessions/refresh", json={"refresh_token": phone["refresh_token"]})

    found = await shown(client, owner.headers)

    assert found == {
        "items": [
            {
                "id": phone["session_id"],
                "device": "Phone",
                "address": "127.0.0.1",
                "created_at": "2026-11-30T10:01:00Z",
                "last_seen_at": "2026-11-30T10:02:00Z",
                "current": False,
            },
            {
                "id": str(owner.credentials.session_id),
                "device": None,
                "address": None,
                "created_at": "2026-11-30T10:00:00Z",
                "last_seen_at": "2026-11-30T10:00:00Z",
                "current": True,
            },
        ],
        "next_cursor": None,
    }


async def test_the_list_comes_in_stretches(
    client: AsyncClient, company: Company, owner: SignedIn, stranger: SignedIn
) -> None:
    ids = [str(owner.credentials.session_id)]
    ids += [(await enter(client, company, "Tab"))["session_id"] for _ in range(4)]

    seen: list[str] = []
    cursor = None
    for _ in range(3):
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        found = await shown(client, owner.headers, query)
        seen += [item["id"] for item in found["items"]]
        cursor = found["next_cursor"]

    assert seen == ids[::-1]
    assert cursor is None
    first = await shown(client, owner.headers, "?limit=2")
    foreign = await client.get(
        f"/v1/sessions?cursor={first['next_cursor']}", headers=stranger.headers
    )
    assert (foreign.status_code, foreign.json()["code"]) == (422, "cursor_invalid")


async def test_only_living_sessions_of_ones_own_are_shown(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
) -> None:
    await sign_in(database, access_tokens, company, role="viewer")
    over = await enter(client, company, "Old phone")
    await client.delete("/v1/sessions/current", headers=bearer(over["access_token"]))

    found = await shown(client, owner.headers)

    assert [item["current"] for item in found["items"]] == [True]


async def test_one_device_is_signed_out_at_once(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    lost, other = await enter(client, company, "Lost"), await enter(client, company, "Kept")

    answer = await end(client, owner.headers, lost["session_id"])

    assert (answer.status_code, answer.content) == (204, b"")
    assert await is_over(client, lost)
    assert not await is_over(client, other)
    assert (await end(client, owner.headers, lost["session_id"])).status_code == 404
    assert (await audited(database, company))[-1] == IdentityAction.SIGNED_OUT


async def test_one_may_sign_out_here_by_id_too(client: AsyncClient, owner: SignedIn) -> None:
    assert (await end(client, owner.headers, owner.credentials.session_id)).status_code == 204
    assert (await end(client, owner.headers, owner.credentials.session_id)).status_code == 401


async def test_everywhere_else_is_signed_out_at_once(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
) -> None:
    colleague = await sign_in(database, access_tokens, company, role="viewer")
    others = [await enter(client, company, "Tab") for _ in range(3)]

    answer = await client.delete("/v1/sessions", headers=owner.headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert [await is_over(client, other) for other in others] == [True] * 3
    assert len((await shown(client, owner.headers))["items"]) == 1
    assert (await client.get("/v1/me", headers=colleague.headers)).status_code == 200
    assert (await audited(database, company))[-1] == IdentityAction.OTHERS_SIGNED_OUT


async def test_where_nobody_else_is_signed_in_nothing_stands_in_the_audit_trail(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    for _ in range(3):
        answer = await client.delete("/v1/sessions", headers=owner.headers)
        assert answer.status_code == 204

    assert list(await audited(database, company)).count(IdentityAction.OTHERS_SIGNED_OUT) <= 1


@pytest.mark.parametrize("whose", ["a colleague's", "a stranger's"])
async def test_somebody_elses_session_is_as_absent_as_none(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    stranger: SignedIn,
    whose: str,
) -> None:
    colleague = await sign_in(database, access_tokens, company, role="viewer")
    theirs = colleague if whose == "a colleague's" else stranger
    ids: list[UUID] = [theirs.credentials.session_id, uuid4()]

    answers = [await end(client, owner.headers, each) for each in ids]

    bodies = [answer.json() | {"request_id": None, "instance": None} for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    assert (await client.get("/v1/me", headers=theirs.headers)).status_code == 200
