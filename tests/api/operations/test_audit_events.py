from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock

URL = "/v1/audit-events"


@pytest.fixture
async def clerk(
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,  # noqa: ARG001 - a cabinet has its owner first
) -> SignedIn:
    return await sign_in(database, access_tokens, company, role="viewer", full_name="Олена")


@pytest.fixture
async def deeds(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    clock: FrozenClock,
    owner: SignedIn,
    clerk: SignedIn,
) -> None:
    """Three days: the owner gives a role, the clerk signs out, the owner removes the clerk."""
    member = f"/v1/members/{clerk.member.id}"
    await client.patch(member, json={"role": "metering"}, headers=owner.headers)
    clock.advance(timedelta(days=1))
    await client.delete(
        "/v1/sessions/current", headers=headers_at(access_tokens, clerk, clock.now())
    )
    clock.advance(timedelta(days=1))
    owner.headers = headers_at(access_tokens, owner, clock.now())
    await client.delete(member, headers=owner.headers)
    async with database.begin() as transaction:
        await transaction.execute(
            update(Member).where(Member.id == owner.member.id).values(full_name="Іван")
        )


async def actions(client: AsyncClient, who: SignedIn, query: str = "") -> list[str]:
    page = (await client.get(URL + query, headers=who.headers)).json()
    return [item["action"] for item in page["items"]]


@pytest.mark.usefixtures("deeds")
async def test_the_owner_reads_who_did_what_newest_first(
    client: AsyncClient, owner: SignedIn, clerk: SignedIn
) -> None:
    response = await client.get(URL, headers=owner.headers)

    items: list[dict[str, Any]] = response.json()["items"]
    assert [item["action"] for item in items] == [
        "member.removed",
        "session.ended",
        "member.changed",
    ]
    assert items[2] == {
        "id": items[2]["id"],
        "happened_at": "2026-11-30T10:00:00Z",
        "action": "member.changed",
        "member": {"id": str(owner.member.id), "name": "Іван"},
        "address": "127.0.0.1",
        "subject_id": str(clerk.member.id),
        "details": {"role": "metering"},
    }
    assert items[1]["member"] == {"id": str(clerk.member.id), "name": "Олена"}


@pytest.mark.usefixtures("deeds")
async def test_events_are_chosen_by_kind_and_by_day(client: AsyncClient, owner: SignedIn) -> None:
    assert await actions(client, owner, "?action=session.ended") == ["session.ended"]
    assert await actions(client, owner, "?to=2026-11-30") == ["member.changed"]
    assert await actions(client, owner, "?from=2026-12-02") == ["member.removed"]
    assert await actions(client, owner, "?from=2026-12-01&to=2026-12-01") == ["session.ended"]
    assert await actions(client, owner, "?from=2026-12-03") == []


@pytest.mark.usefixtures("deeds")
async def test_the_trail_is_read_in_stretches(client: AsyncClient, owner: SignedIn) -> None:
    first = (await client.get(f"{URL}?limit=2", headers=owner.headers)).json()
    rest = await client.get(f"{URL}?cursor={first['next_cursor']}", headers=owner.headers)

    assert [item["action"] for item in first["items"]] == ["member.removed", "session.ended"]
    assert [item["action"] for item in rest.json()["items"]] == ["member.changed"]
    assert rest.json()["next_cursor"] is None


async def test_a_day_begins_at_midnight_in_kyiv(
    client: AsyncClient,
    access_tokens: AccessTokens,
    clock: FrozenClock,
    owner: SignedIn,
    clerk: SignedIn,
) -> None:
    clock.moment = NOON.replace(hour=21, minute=59, second=59)
    for role in ("accountant", "manager"):
        owner.headers = headers_at(access_tokens, owner, clock.now())
        await client.patch(
            f"/v1/members/{clerk.member.id}", json={"role": role}, headers=owner.headers
        )
        clock.advance(timedelta(seconds=1))

    assert len(await actions(client, owner)) == 2
    assert len(await actions(client, owner, "?from=2026-12-01")) == 1
    assert len(await actions(client, owner, "?to=2026-11-30")) == 1


@pytest.mark.parametrize(
    "query", ["?action=nonsense", "?from=yesterday", "?to=9999-12-31", "?colour=red", "?limit=0"]
)
async def test_what_cannot_be_asked_is_refused(
    client: AsyncClient, owner: SignedIn, query: str
) -> None:
    response = await client.get(URL + query, headers=owner.headers)

    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")


@pytest.mark.usefixtures("deeds")
async def test_another_company_reads_nothing_of_it(
    client: AsyncClient, access_tokens: AccessTokens, clock: FrozenClock, stranger: SignedIn
) -> None:
    stranger.headers = headers_at(access_tokens, stranger, clock.now())

    assert await actions(client, stranger) == []
