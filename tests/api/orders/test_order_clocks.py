"""What time alone does to orders: late, owed, lapsed, accepted by silence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.money import Money
from app.models.orders.order_status import OrderStatus
from app.origin import OperatorAct
from app.services.orders.calendar import CalendarService
from app.services.orders.clocks import OrderClockService
from tests.api.orders.conftest import Passing
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.operations.audit import trail
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.ordering import (
    ACT,
    about_point,
    body,
    operator,
    placed,
    post,
    shown,
)

CHECK: dict[str, Any] = {"invoice_number": "2026-10-000123", "why": "забагато"}
FLICKERING = {"what": "Блимає світло.", "since": "2026-11-01", "with_measuring": False}
FAULTY = {"meter_serial": "00000001", "reason": "faulty"}


@pytest.fixture
def clocks(database: Database, clock: FrozenClock) -> OrderClockService:
    return OrderClockService(database=database, clock=clock)


async def test_a_late_order_is_found_after_midnight_and_owed_once(
    client: AsyncClient,
    database: Database,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await placed(client, owner, body(company, "bill_check", answers=CHECK))
    assert order["clock"]["due_on"] == "2026-12-07"

    await passing(datetime(2026, 12, 7, 21, 59, 59, tzinfo=UTC))
    assert await clocks.find_late() == 0, "the last second of the last day in Kyiv"
    await passing(datetime(2026, 12, 7, 22, 0, 0, tzinfo=UTC))
    found = [await clocks.find_late(), await clocks.find_late()]
    late = await shown(client, owner, order)

    assert found == [1, 0]
    assert late["clock"]["state"] == "overdue"
    assert late["clock"]["compensation"] == {
        "amount": "400.00",
        "currency": "UAH",
        "status": "due",
        "posting_id": None,
    }
    [event] = await trail(database, company, "order.compensated")
    assert event.details["rows"] == ["bill_check"]


async def test_an_order_that_ends_late_before_anybody_looked_is_owed_too(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    late = await placed(client, owner, body(company, "bill_check", answers=CHECK))
    await passing(datetime(2026, 12, 7, 22, 0, 1, tzinfo=UTC))
    for target in (OrderStatus.IN_PROGRESS, OrderStatus.DONE):
        await operator(database, clock).move(late["number"], target, comment=None, act=ACT)

    assert await clocks.find_late() == 1
    assert (await shown(client, owner, late))["clock"]["compensation"]["status"] == "due"


async def test_an_order_that_ends_in_time_owes_nothing(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await placed(client, owner, body(company, "bill_check", answers=CHECK))
    for target in (OrderStatus.IN_PROGRESS, OrderStatus.DONE):
        await operator(database, clock).move(order["number"], target, comment=None, act=ACT)
    await passing(timedelta(days=60))

    assert await clocks.find_late() == 0


async def test_while_the_customer_is_asked_nothing_is_late(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await placed(client, owner, body(company, "bill_check", answers=CHECK))
    await operator(database, clock).move(
        order["number"], OrderStatus.NEEDS_INFO, comment="Який рахунок?", act=ACT
    )
    await passing(timedelta(days=20))
    assert await clocks.find_late() == 0
    await post(client, owner, order, "submissions")

    found = await shown(client, owner, order)
    assert (found["clock"]["days_used"], found["clock"]["due_on"]) == (0, "2026-12-25")


async def test_a_change_of_the_calendar_counts_running_terms_anew(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await placed(client, owner, body(company, "bill_check", answers=CHECK))
    calendar = CalendarService(database=database, clock=clock)
    await calendar.set_day(date(2026, 12, 7), is_working=False, act=OperatorAct("o", "r"))

    counted = await clocks.count_anew()
    await passing(datetime(2026, 12, 8, 12, 0, tzinfo=UTC))

    assert counted == 1
    assert (await shown(client, owner, order))["clock"]["due_on"] == "2026-12-08"
    assert await clocks.find_late() == 0


async def test_a_draft_and_a_question_that_nobody_answers_expire(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    draft = await placed(client, owner, body(company, submit=False))
    asked = await placed(client, owner, body(company))
    await operator(database, clock).move(
        asked["number"], OrderStatus.NEEDS_INFO, comment="Де це?", act=ACT
    )
    await passing(timedelta(days=29))
    early = await clocks.lapse()
    await passing(timedelta(days=1))

    assert (early, await clocks.lapse(), await clocks.lapse()) == (0, 2, 0)
    for order in (draft, asked):
        found = await shown(client, owner, order)
        assert (found["status"], found["history"][-1]["by"]) == ("expired", "system")


async def test_a_quote_expires_after_its_last_day(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    await load(database, changed("power_change", documents=[]))
    order = await placed(client, owner, about_point(company, "power_change", {"power_kw": 16}))
    await operator(database, clock).quote(
        order["number"], amount=Money(100), valid_until=date(2026, 12, 1), act=ACT
    )
    await passing(timedelta(days=1))
    early = await clocks.lapse()
    await passing(timedelta(days=1))

    assert (early, await clocks.lapse()) == (0, 1)
    found = await shown(client, owner, order)
    assert (found["status"], found["fee"]["status"]) == ("expired", "withdrawn")


async def test_silence_accepts_an_act_and_leaves_what_has_none(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    with_act = await placed(client, owner, about_point(company, "meter_replace", FAULTY))
    without = await placed(client, owner, body(company))
    for order in (with_act, without):
        for target in (OrderStatus.IN_PROGRESS, OrderStatus.DONE):
            await operator(database, clock).move(order["number"], target, comment=None, act=ACT)
    await passing(timedelta(days=10))

    assert await clocks.lapse() == 2
    assert await clocks.lapse() == 0
    assert (await shown(client, owner, with_act))["status"] == "act_signed"
    assert (await shown(client, owner, without))["status"] == "done"


async def opened_by_staff(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> dict[str, Any]:
    """Return a repair of the quality, which the staff opens after a complaint."""
    complained = await placed(client, owner, about_point(company, "quality_complaint", FLICKERING))
    staff = operator(database, clock)
    detail = await staff.open_after(
        complained["number"], "quality_fix", {"kind": "operative"}, act=ACT
    )
    return await shown(client, owner, {"id": str(detail.order.id)})


async def owed(client: AsyncClient, owner: SignedIn, order: dict[str, Any]) -> str | None:
    amount: str | None = (await shown(client, owner, order))["clock"]["compensation"]["amount"]
    return amount


async def test_what_is_not_repaired_is_owed_again_every_ninety_days(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await opened_by_staff(client, database, clock, owner, company)
    assert (order["status"], order["clock"]["due_on"]) == ("registered", "2026-12-30")

    await passing(timedelta(days=31))
    assert [await clocks.find_late(), await clocks.owe_again()] == [2, 0], "the complaint too"
    assert await owed(client, owner, order) == "400.00"
    # The ninetieth day after the last one is 30 March, a working day: it is owed after it.
    await passing(datetime(2027, 3, 30, 20, 59, 59, tzinfo=UTC))
    assert await clocks.owe_again() == 0
    await passing(datetime(2027, 3, 30, 21, 0, 0, tzinfo=UTC))
    assert [await clocks.owe_again(), await clocks.owe_again()] == [1, 0]
    assert await owed(client, owner, order) == "800.00"

    for target in (OrderStatus.IN_PROGRESS, OrderStatus.DONE):
        await operator(database, clock).move(order["number"], target, comment=None, act=ACT)
    await passing(timedelta(days=400))
    assert [await clocks.find_late(), await clocks.owe_again()] == [0, 0]
    assert await owed(client, owner, order) == "800.00"


async def test_while_the_customer_is_asked_nothing_is_owed_again(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    clocks: OrderClockService,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await opened_by_staff(client, database, clock, owner, company)
    await passing(timedelta(days=31))
    assert await clocks.find_late() == 2, "the complaint too"
    await operator(database, clock).move(
        order["number"], OrderStatus.NEEDS_INFO, comment="Коли зручно?", act=ACT
    )
    await passing(timedelta(days=20))
    await post(client, owner, order, "submissions")

    await passing(datetime(2027, 4, 18, 22, 0, tzinfo=UTC))
    assert await clocks.owe_again() == 0, "twenty days later than without the question"
    await passing(datetime(2027, 4, 19, 22, 0, tzinfo=UTC))
    assert await clocks.owe_again() == 1
