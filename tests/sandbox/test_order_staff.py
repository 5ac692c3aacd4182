"""The sandbox's staff takes one step a day with each order, by the clock of the sandbox."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from app.clock import kyiv_date
from app.database import Database
from app.models.identity.session import Session
from app.models.orders.order_status import OrderStatus
from app.sandbox.order_staff import HOURS, PLANNED_DAYS, SandboxStaff, slots_ahead
from app.security.access_tokens import AccessTokens
from app.services.orders.clocks import OrderClockService
from app.services.orders.slots import SlotService
from app.services.payments.order_fees import OrderFeeService
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.paying import pay
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.ordering import ACT, ORDERS, about_point, body, operator, placed

STATION = {"power_kw": 16, "from": "2026-12-20", "to": "2027-03-01", "address": "Київ"}

Seen: TypeAlias = Callable[[dict[str, Any]], Awaitable[list[str]]]


@pytest.fixture(autouse=True)
async def catalogue(database: Database, clock: FrozenClock) -> None:
    await load(database, changed("temp_connection", documents=[]))
    plans = list(slots_ahead(kyiv_date(clock.now())))
    await SlotService(database=database, clock=clock).load(plans, ACT)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


@pytest.fixture
def staff(database: Database, clock: FrozenClock) -> SandboxStaff:
    return SandboxStaff(database=database, clock=clock)


@pytest.fixture
def seen(database: Database, clock: FrozenClock) -> Seen:
    """What an order has been through, as the operator's command shows it."""

    async def see(order: dict[str, Any]) -> list[str]:
        detail = await operator(database, clock).show(order["number"])
        return [each.status for each in detail.events]

    return see


async def test_an_order_is_quoted_scheduled_and_done_as_days_pass(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
    staff: SandboxStaff,
    seen: Seen,
) -> None:
    order = await placed(client, owner, body(company, "temp_connection", answers=STATION))
    fees = OrderFeeService(database=database, clock=clock)
    same_day = await staff.work()
    clock.advance(timedelta(days=1))
    quoted = [await staff.work(), await staff.work()]
    async with database.begin() as session:
        await session.execute(update(Session).values(expires_at=clock.now() + timedelta(days=1)))
    headers = headers_at(access_tokens, owner, clock.now())
    accepted = await client.post(f"{ORDERS}/{order['id']}/quote-acceptances", headers=headers)
    await fees.invoice()
    clock.advance(timedelta(days=1))
    unpaid = await staff.work()
    await pay(database, company, 540_000)
    await fees.follow_payments()
    for _ in range(4):
        clock.advance(timedelta(days=1))
        await staff.work()

    assert (same_day, quoted, unpaid) == (0, [1, 0], 0)
    assert accepted.status_code == 200
    assert (await seen(order))[1:] == [
        "registered",
        "quoted",
        "awaiting_payment",
        "paid",
        "scheduled",
        "in_progress",
        "done",
    ]


@pytest.mark.parametrize(
    ("wish", "status"),
    [("sandbox: ask", "needs_info"), ("sandbox: reject", "rejected"), ("", "scheduled")],
)
async def test_a_wish_in_the_comment_decides(
    client: AsyncClient,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    staff: SandboxStaff,
    seen: Seen,
    wish: str,
    status: str,
) -> None:
    request = about_point(company, "control_reading", {}, comment=f"Дякую. {wish}")
    order = await placed(client, owner, request)
    clock.advance(timedelta(days=1))

    assert await staff.work() == 1
    assert (await seen(order))[-1] == status


async def test_an_order_that_was_asked_about_once_goes_on(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    staff: SandboxStaff,
    seen: Seen,
) -> None:
    request = about_point(company, "control_reading", {}, comment="sandbox: ask")
    order = await placed(client, owner, request)
    clock.advance(timedelta(days=1))
    await staff.work()
    answered = operator(database, clock)
    await answered.move(order["number"], OrderStatus.REGISTERED, comment=None, act=ACT)
    clock.advance(timedelta(days=1))
    await staff.work()

    assert (await seen(order))[-3:] == ["needs_info", "registered", "scheduled"]


async def test_an_order_that_is_to_wait_becomes_late(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    staff: SandboxStaff,
) -> None:
    await placed(
        client, owner, about_point(company, "control_reading", {}, comment="sandbox: wait")
    )
    clock.advance(timedelta(days=10))

    assert await staff.work() == 0
    assert await OrderClockService(database=database, clock=clock).find_late() == 1


async def test_there_are_slots_however_far_the_clock_was_moved(
    client: AsyncClient,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    staff: SandboxStaff,
    seen: Seen,
) -> None:
    order = await placed(client, owner, about_point(company, "control_reading", {}))
    clock.advance(timedelta(days=400))

    assert await staff.work() == 1
    assert (await seen(order))[-1] == "scheduled"
    assert len(list(slots_ahead(kyiv_date(clock.now())))) == PLANNED_DAYS * len(HOURS)
