"""Windows that the operator has set: for whom they hold, from when, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.metering.set_window import SetWindow, WindowPeriodSettled
from app.models.metering.window_book import USUAL_GROUP
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.metering.settling import HISTORY, settle_all, settlement_service, versions
from tests.steps.metering.submitting import shows, submit
from tests.steps.metering.windows import as_usual, decide, put_into, single, standing

FACTORIES = "factories"
A_MOMENT = timedelta(microseconds=1)
LATE = datetime(2026, 12, 10, 10, tzinfo=UTC)
"""By the settings November's window has closed a week ago."""


async def get(client: AsyncClient, who: SignedIn, path: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/{path}", headers=who.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def shown_window(client: AsyncClient, who: SignedIn, company: Company) -> dict[str, Any]:
    """Return the window that the form, the account and the list of accounts all show."""
    form = await get(client, who, f"accounts/{company.account.id}/reading-form")
    account = await get(client, who, f"accounts/{company.account.id}")
    listed = await get(client, who, "accounts")
    window: dict[str, Any] = form["window"]
    assert form["period"] == window["period"]
    assert account["reading_window"] == window
    assert [each["reading_window"] for each in listed["items"]] == [window]
    return window


def dated(period: str, opens_at: str, closes_at: str, state: str) -> dict[str, str]:
    return {"period": period, "opens_at": opens_at, "closes_at": closes_at, "state": state}


async def late(
    clock: FrozenClock, access_tokens: AccessTokens, owner: SignedIn, moment: datetime = LATE
) -> None:
    clock.moment = moment
    token = access_tokens.issue(owner.credentials, now=moment)
    owner.headers = {"Authorization": f"Bearer {token}"}


async def test_a_longer_window_holds_from_the_next_request_on(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
) -> None:
    await late(clock, access_tokens, owner)
    before = await submit(client, owner, company, shows(company, "1700"), period="2026-11")
    assert (await shown_window(client, owner, company))["period"] == "2026-12"

    change = await decide(database, single("2026-11", "2026-11-29", "2026-12-10"), now=LATE)

    window = await shown_window(client, owner, company)
    after = await submit(client, owner, company, shows(company, "1700"))
    assert (before.status_code, before.json()["code"]) == (409, "reading_window_closed")
    assert (change.accounts, change.is_changed) == (1, True)
    assert window == dated("2026-11", "2026-11-28T22:00:00Z", "2026-12-10T22:00:00Z", "open")
    assert (after.status_code, after.json()["period"]) == (201, "2026-11")


async def test_the_last_moment_counts_and_the_next_does_not(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
) -> None:
    await decide(database, single("2026-11", "2026-11-29", "2026-12-10"))
    closes_at = datetime(2026, 12, 10, 22, tzinfo=UTC)

    await late(clock, access_tokens, owner, closes_at - A_MOMENT)
    last = await submit(client, owner, company, shows(company, "1700"))
    clock.moment = closes_at
    over = await submit(client, owner, company, shows(company, "1701"), period="2026-11")

    assert last.status_code == 201, last.text
    assert (over.status_code, over.json()["code"]) == (409, "reading_window_closed")
    assert over.json()["closes_at"] == "2026-12-10T22:00:00Z"


async def test_each_group_has_its_own_windows(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    # A fresh form for each: the process knows the windows of a version only once.
    factory, bakery = [await create_company(database, history=HISTORY) for _ in range(2)]
    owners = [await sign_in(database, access_tokens, each) for each in (factory, bakery)]
    await put_into(database, factory, FACTORIES)

    change = await decide(database, standing("2026-11", 0, 1, FACTORIES))

    shown = [
        await shown_window(client, owner, company)
        for owner, company in zip(owners, (factory, bakery), strict=True)
    ]
    refused = await submit(client, owners[0], factory, shows(factory, "2090"))
    taken = await submit(client, owners[1], bakery, shows(bakery, "2090"))
    assert change.accounts == 1
    assert shown == [
        dated("2026-11", "2026-11-30T22:00:00Z", "2026-12-01T22:00:00Z", "upcoming"),
        dated("2026-11", "2026-11-28T22:00:00Z", "2026-12-03T22:00:00Z", "open"),
    ]
    assert (refused.status_code, refused.json()["code"]) == (409, "reading_window_closed")
    assert taken.status_code == 201, taken.text


async def test_a_link_shows_the_window_of_its_account(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    await put_into(database, company, FACTORIES)
    await decide(database, single("2026-11", "2026-11-20", "2026-12-01", FACTORIES))

    links = await get(client, owner, "account-links")

    assert links["items"][0]["account"]["reading_window"]["closes_at"] == "2026-12-01T22:00:00Z"


async def test_a_month_is_settled_for_an_account_when_the_window_of_its_group_has_closed(
    database: Database,
) -> None:
    factory, bakery = [await create_company(database, history=HISTORY) for _ in range(2)]
    await put_into(database, factory, FACTORIES)
    await decide(database, single("2026-11", "2026-11-29", "2026-12-10", FACTORIES))

    await settle_all(database)
    first = [list(await versions(database, each)) for each in (factory, bakery)]
    await settle_all(database, datetime(2026, 12, 10, 22, tzinfo=UTC))
    last = [list(await versions(database, each)) for each in (factory, bakery)]

    assert first == [["2026-08", "2026-09", "2026-10"], ["2026-09", "2026-10", "2026-11"]]
    assert last == [["2026-08", "2026-09", "2026-10", "2026-11"], ["2026-09", "2026-10", "2026-11"]]


async def test_closing_by_hand_leaves_groups_whose_readings_are_still_taken(
    database: Database,
) -> None:
    factory, bakery = [await create_company(database, history=HISTORY) for _ in range(2)]
    await put_into(database, factory, FACTORIES)
    await decide(database, single("2026-11", "2026-11-29", "2026-12-10", FACTORIES))
    service = settlement_service(database, datetime(2026, 12, 5, tzinfo=UTC))
    month = single("2026-11", "2026-11-29", "2026-12-10").period

    shown = await service.close(month, act=None, dry_run=True)
    done = await service.close(month, act=None)

    assert (shown.accounts, shown.still_open) == (1, [FACTORIES])
    assert (done.accounts, done.still_open) == (1, [FACTORIES])
    assert (await versions(database, factory), list(await versions(database, bakery))) == (
        {},
        ["2026-11"],
    )


async def test_a_settled_month_gets_no_other_window_and_the_groups_beside_it_may(
    database: Database, company: Company
) -> None:
    await settle_all(database, LATE)

    with pytest.raises(WindowPeriodSettled):
        await decide(database, single("2026-11", "2026-11-29", "2026-12-12"), now=LATE)
    with pytest.raises(WindowPeriodSettled):
        await decide(database, standing("2026-10", 2, 12), now=LATE)

    another = await decide(
        database, single("2026-11", "2026-11-29", "2026-12-12", FACTORIES), now=LATE
    )
    later = await decide(database, standing("2026-12", 2, 12), now=LATE)
    assert company.account.window_group == USUAL_GROUP
    assert (another.accounts, later.accounts) == (0, 1)


async def test_who_said_it_and_why_is_kept_and_nothing_is_said_twice(database: Database) -> None:
    decision = single("2026-11", "2026-11-20", "2026-12-05")

    tried = await decide(database, decision, dry_run=True)
    first = await decide(database, decision)
    again = await decide(database, decision)
    back = await decide(database, as_usual("2026-11"))

    changed = [each.is_changed for each in (tried, first, again, back)]
    assert changed == [True, True, False, True]
    async with database.begin() as transaction:
        kept = (await transaction.scalars(select(SetWindow).order_by(SetWindow.version))).all()
    assert [(each.version, each.operator, each.reason) for each in kept] == [
        (1, "o.kravets", "order 12"),
        (2, "o.kravets", "order 12"),
    ]
    assert (str(kept[0].opens_on), kept[1].opens_on) == ("2026-11-20", None)
