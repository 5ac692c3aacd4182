"""Programs that keep a copy of the cabinet's readings follow what is new or changed."""

from datetime import date, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.database import Database
from app.models.metering.reading_change import MOST_PASSED
from app.security.access_tokens import AccessTokens
from app.services.context import Context
from app.services.metering.reading_changes import ReadingChangeMarks
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import (
    Company,
    create_account,
    create_meter,
    create_reading,
    create_register,
)
from tests.fakes.clock import FrozenClock
from tests.steps.metering.following import everything_is_told
from tests.steps.metering.submitting import shows, submit

# What has not been committed is in nobody's changes.
pytestmark = pytest.mark.committing


class Changes:
    """Asks for changes once nothing holds them back."""

    def __init__(self, client: AsyncClient, database: Database) -> None:
        self._client = client
        self._database = database

    async def __call__(self, who: SignedIn, **query: Any) -> dict[str, Any]:
        await everything_is_told(self._database)
        response = await self._client.get("/v1/readings", params=query, headers=who.headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@pytest.fixture
def changes(client: AsyncClient, database: Database) -> Changes:
    return Changes(client, database)


def told(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["value"], each["status"]) for each in answer["items"]]


async def test_a_copy_is_filled_and_then_followed(
    client: AsyncClient, changes: Changes, owner: SignedIn, company: Company
) -> None:
    everything = await changes(owner)

    assert [each["period"] for each in everything["items"]] == [
        f"2026-{month:02}" for month in range(4, 11)
    ]
    assert {each["account_id"] for each in everything["items"]} == {str(company.account.id)}
    assert everything["has_more"] is False

    nothing = await changes(owner, cursor=everything["next_cursor"])
    assert (nothing["items"], nothing["has_more"]) == ([], False)

    await submit(client, owner, company, shows(company, "1700"))
    first = await changes(owner, cursor=nothing["next_cursor"])
    assert told(first) == [("1700.000", "accepted")]

    await submit(client, owner, company, shows(company, "1701"))
    then = await changes(owner, cursor=first["next_cursor"])
    assert sorted(told(then)) == [("1700.000", "superseded"), ("1701.000", "accepted")]
    assert (await changes(owner, cursor=then["next_cursor"]))["items"] == []


async def test_an_item_is_the_reading_with_its_account(
    client: AsyncClient, changes: Changes, owner: SignedIn, company: Company
) -> None:
    items = (await changes(owner))["items"]

    alone = await client.get(f"/v1/readings/{items[-1]['id']}", headers=owner.headers)
    assert items[-1] == {**alone.json(), "account_id": str(company.account.id)}


async def test_short_pages_hold_each_reading_once(changes: Changes, owner: SignedIn) -> None:
    whole = (await changes(owner))["items"]
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"has_more": True, "next_cursor": None}
    while page["has_more"]:
        after = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = await changes(owner, limit=2, **after)
        found += page["items"]

    assert found == whole


async def test_a_moment_brings_what_was_written_since(
    client: AsyncClient,
    changes: Changes,
    database: Database,
    context: Context,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
) -> None:
    marks = ReadingChangeMarks(database=context.database, clock=clock)
    await everything_is_told(database)
    await marks.mark()
    since = clock.now().isoformat()
    clock.advance(timedelta(minutes=5))
    await submit(client, owner, company, shows(company, "1700"))
    await everything_is_told(database)
    await marks.mark()

    assert told(await changes(owner, changed_since=since)) == [("1700.000", "accepted")]
    assert (await changes(owner, changed_since=clock.now().isoformat()))["items"] == []
    earlier = (clock.now() - timedelta(days=1)).isoformat()
    assert len((await changes(owner, changed_since=earlier))["items"]) == 8


@pytest.mark.usefixtures("owner")
async def test_only_what_the_caller_may_see_comes(
    changes: Changes,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    stranger: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    async with database.begin() as transaction:
        transaction.add(link(company, linked_by=partner.organization.id))
    other = await create_register(
        database, await create_meter(database, await create_account(database, company.organization))
    )
    await create_reading(database, other, period="2026-10", value="5")
    limited = await sign_in(database, access_tokens, company, role="viewer", account_ids=[])

    assert (await changes(stranger))["items"] == []
    assert len((await changes(partners_owner))["items"]) == 7
    assert (await changes(limited))["items"] == []


async def test_a_cursor_of_another_list_is_refused(client: AsyncClient, owner: SignedIn) -> None:
    answer = await client.get("/v1/audit-events?limit=1", headers=owner.headers)
    cursors = [answer.json()["next_cursor"] or "x", "not one of ours"]

    for cursor in cursors:
        refused = await client.get(f"/v1/readings?cursor={cursor}", headers=owner.headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "cursor_invalid")


async def test_a_thousand_readings_of_accounts_one_does_not_see_are_passed_over(
    changes: Changes,
    database: Database,
    partner: Company,
    partners_owner: SignedIn,
    company: Company,
) -> None:
    unseen = await create_register(
        database, await create_meter(database, await create_account(database, company.organization))
    )
    async with database.begin() as transaction:
        transaction.add(link(company, linked_by=partner.organization.id))
        await transaction.execute(
            text("""
            INSERT INTO readings (organization_id, register_id, read_on, version, id, period, event,
                                  value, taken_at, submitted_at, source, kind, status, findings)
            SELECT :organization, :register, d, 1, gen_random_uuid(),
                   date_trunc('month', d - interval '1 day'), 'control', 1, d, d, 'operator',
                   'actual', 'accepted', '{}'
              FROM generate_series(CAST('2010-01-02' AS date), CAST('2026-01-01' AS date),
                                   interval '1 day') d""").bindparams(
                organization=company.organization.id, register=unseen.id
            )
        )
    seen = await create_reading(
        database, company.register, period="2026-11", value="1", read_on=date(2026, 12, 1)
    )

    first = await changes(partners_owner)
    second = await changes(partners_owner, cursor=first["next_cursor"])

    assert (len(first["items"]), first["has_more"]) == (7, True)
    assert [each["id"] for each in second["items"]] == [str(seen.id)]
    assert second["has_more"] is False
    assert (date(2026, 1, 1) - date(2010, 1, 2)).days > MOST_PASSED
