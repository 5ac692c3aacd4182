"""A member's calendar: read at a secret address, by a reader that is not ours."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from app.database import Database
from app.models.identity.calendar_link import CalendarLink
from app.models.identity.member import Member
from app.models.limits import Limits
from app.models.orders.order_status import OrderStatus
from app.security.access_tokens import AccessTokens
from app.security.secrets import digest
from tests.factories.people import PASSWORD, SignedIn, link, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.limits import wide_limits
from tests.steps.accounts.linking import refusal
from tests.steps.billing.issuing import draft, issue
from tests.steps.billing.paying import pay
from tests.steps.calendars.reading import LINK, events, fetch, make
from tests.steps.operations.audit import trail
from tests.steps.orders.catalogue import load
from tests.steps.orders.ordering import ACT, about_point, operator, placed
from tests.steps.orders.slots import MORNING, NOON, load_slots, plan


@pytest.fixture
def limits() -> Limits:
    """Wide ones, but for how often an address is read: the product's."""
    return replace(wide_limits(), calendar_reads=Limits().calendar_reads)


@pytest.fixture
async def order(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> dict[str, Any]:
    await load(database)
    await load_slots(database, plan(MORNING, 3), plan(NOON, 3))
    return await placed(client, owner, about_point(company, "control_reading", {}))


async def test_dates_stand_in_the_calendar_and_move_under_one_uid(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    order: dict[str, Any],
) -> None:
    invoice = await issue(database, company, draft("100.00"), due_on=date(2026, 12, 7))
    staff = operator(database, clock)
    await staff.schedule(order["number"], MORNING, act=ACT)
    url = await make(client, owner)
    before = await events(client, url)
    await staff.schedule(order["number"], NOON, act=ACT)
    moved = await events(client, url)
    await staff.move(order["number"], OrderStatus.IN_PROGRESS, comment=None, act=ACT)
    await staff.move(order["number"], OrderStatus.DONE, comment=None, act=ACT)
    await pay(database, company, invoice.total.kopiykas)
    done = await events(client, url)

    crew, due = f"appointment-{order['id']}", f"order-{order['id']}"
    bill = f"invoice-{invoice.id}"
    windows = {key for key in before if key.startswith("readings-")}
    assert set(before) == {crew, due, bill} | windows
    assert before[crew].decoded("DTSTART") == MORNING
    assert moved[crew].decoded("DTSTART") == NOON
    assert before[due].decoded("DTSTART").isoformat() == order["clock"]["due_on"]
    assert order["number"] in str(before[due]["SUMMARY"])
    assert before[bill].decoded("DTSTART") == date(2026, 12, 7)
    assert invoice.number in str(before[bill]["SUMMARY"])
    november = before["readings-2026-11"]
    assert november.decoded("DTSTART") == date(2026, 11, 29)
    assert november.decoded("DTEND") == date(2026, 12, 4)
    assert set(done) == {crew} | windows, "what is done and paid has no last day any more"


async def test_the_address_is_a_secret_that_is_kept_as_a_hash(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    url = await make(client, owner)
    secret = url.partition("token=")[2]
    async with database.begin() as session:
        [kept] = (await session.scalars(select(CalendarLink))).all()

    assert kept.secret_hash == digest(secret)
    assert len(secret) >= 32 + 43, "256 bits, after whose it is"
    assert len(await trail(database, company, "calendar_link.made")) == 1
    for wrong in (
        "",
        "?token=",
        f"?token={secret[:-1]}",
        f"?token={secret}x",
        "?token=" + "x" * 999,
    ):
        assert refusal(await client.get(f"/v1/calendar.ics{wrong}")) == (404, "not_found")


async def test_a_new_address_replaces_the_old_one_and_a_withdrawn_one_opens_nothing(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    first = await make(client, owner)
    second = await make(client, owner)
    opened = [(await fetch(client, each)).status_code for each in (first, second)]
    gone = [await client.delete(LINK, headers=owner.headers) for _ in range(2)]

    assert opened == [404, 200]
    assert [each.status_code for each in gone] == [204, 204]
    assert (await fetch(client, second)).status_code == 404
    assert len(await trail(database, company, "calendar_link.withdrawn")) == 1


async def test_the_same_key_tells_the_same_address_again(
    client: AsyncClient, owner: SignedIn
) -> None:
    headers = owner.headers | {"Idempotency-Key": "calendar"}
    answers = [await client.post(LINK, headers=headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert (await fetch(client, answers[0].json()["url"])).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"frozen_at": datetime(2026, 11, 1).astimezone()},
        {"cabinet_frozen_at": datetime(2026, 11, 1).astimezone()},
        {"expires_on": date(2026, 11, 29)},
        {"removed_at": datetime(2026, 11, 1).astimezone()},
    ],
    ids=["frozen", "cabinet frozen", "expired", "removed"],
)
async def test_who_is_not_let_in_reads_nothing(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    change: dict[str, Any],
) -> None:
    viewer = await sign_in(database, access_tokens, company, role="viewer")
    url = await make(client, viewer)
    before = (await fetch(client, url)).status_code
    async with database.begin() as session:
        await session.execute(update(Member).where(Member.id == viewer.member.id).values(**change))

    assert (before, refusal(await fetch(client, url))) == (200, (404, "not_found"))


async def test_a_removed_members_address_is_gone(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
) -> None:
    viewer = await sign_in(database, access_tokens, company, role="viewer")
    await make(client, viewer)
    removed = await client.delete(f"/v1/members/{viewer.member.id}", headers=owner.headers)
    async with database.begin() as session:
        kept = (await session.scalars(select(CalendarLink))).all()

    assert removed.status_code == 204
    assert kept == []


@pytest.mark.parametrize(("deed", "status"), [("password", 404), ("sessions", 200)])
async def test_a_new_password_ends_the_address_and_signing_out_elsewhere_does_not(
    client: AsyncClient, owner_with_password: SignedIn, deed: str, status: int
) -> None:
    url, headers = await make(client, owner_with_password), owner_with_password.headers
    if deed == "password":
        body = {"current_password": PASSWORD, "new_password": "Another-1-Horse"}
        done = await client.put("/v1/me/password", json=body, headers=headers)
    else:
        done = await client.delete("/v1/sessions", headers=headers)

    assert done.status_code == 204
    assert (await fetch(client, url)).status_code == status


async def test_a_member_on_hold_makes_no_address(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn
) -> None:
    async with database.begin() as session:
        await session.execute(
            update(Member)
            .where(Member.id == owner.member.id)
            .values(password_reset_at=clock.now() - timedelta(hours=1))
        )

    refused = await client.post(LINK, headers=owner.headers)

    assert refusal(refused) == (409, "hold_after_reset")
    assert (await client.delete(LINK, headers=owner.headers)).status_code == 204


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("metering", {"appointment", "order", "readings"}),
        ("accountant", {"appointment", "order", "invoice", "readings"}),
    ],
)
async def test_a_role_sees_its_own_dates(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    company: Company,
    order: dict[str, Any],
    role: str,
    kinds: set[str],
) -> None:
    await issue(database, company, draft("100.00"), due_on=date(2026, 12, 7))
    await operator(database, clock).schedule(order["number"], MORNING, act=ACT)
    who = await sign_in(database, access_tokens, company, role=role)

    found = await events(client, await make(client, who))

    assert {key.partition("-")[0] for key in found} == kinds


@pytest.mark.parametrize(
    ("scope", "kinds"),
    [("view", set()), ("bills", {"invoice"}), ("all", {"invoice", "appointment", "order"})],
)
async def test_another_companys_account_shows_what_its_link_allows(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    company: Company,
    order: dict[str, Any],
    partners_owner: SignedIn,
    scope: str,
    kinds: set[str],
) -> None:
    await issue(database, company, draft("100.00"), due_on=date(2026, 12, 7))
    await operator(database, clock).schedule(order["number"], MORNING, act=ACT)
    async with database.begin() as session:
        session.add(link(company, linked_by=partners_owner.member.organization_id, scope=scope))

    found = await events(client, await make(client, partners_owner))

    assert {key.partition("-")[0] for key in found} - {"readings"} == kinds


async def test_a_member_limited_to_other_accounts_sees_none_of_these(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    order: dict[str, Any],
) -> None:
    limited = await sign_in(database, access_tokens, company, role="viewer", account_ids=[])

    assert await events(client, await make(client, limited)) == {}
    assert order["number"]


async def test_an_address_is_read_so_often_and_no_more(
    client: AsyncClient, owner: SignedIn, stranger: SignedIn
) -> None:
    url, other = await make(client, owner), await make(client, stranger)
    answers = [(await fetch(client, url)).status_code for _ in range(61)]
    refused = await fetch(client, url)

    assert answers == [200] * 60 + [429]
    assert refusal(refused) == (429, "too_many_attempts")
    assert int(refused.headers["retry-after"]) > 0
    assert (await fetch(client, other)).status_code == 200
