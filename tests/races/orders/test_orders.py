"""Many at once order, move and end the same thing: one of them wins, and nothing is done twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, insert, inspect, join, select, true

from app.database import Database
from app.models.orders.compensation import OrderCompensation
from app.models.orders.order import MOST_OPEN, Order
from app.models.orders.order_status import OrderStatus
from app.security.access_tokens import AccessTokens
from app.services.orders.clocks import OrderClockService
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.orders.catalogue import load
from tests.steps.orders.ordering import (
    ACT,
    about_point,
    body,
    operator,
    place,
    placed,
    post,
    shown,
)

pytestmark = pytest.mark.committing

AT_ONCE = 12
FAULTY = {"meter_serial": "00000001", "reason": "faulty"}


@pytest.fixture
async def company(database: Database) -> Company:
    await load(database)
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def test_of_many_orders_of_one_service_for_one_point_one_is_placed(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    request = about_point(company, "meter_replace", FAULTY)

    answers = await asyncio.gather(*(place(client, owner, request) for _ in range(AT_ONCE)))

    assert Counter(each.status_code for each in answers) == {201: 1, 409: AT_ONCE - 1}
    assert {each.json().get("code") for each in answers} == {None, "order_open_already"}
    async with database.begin() as transaction:
        assert await transaction.scalar(select(func.count()).select_from(Order)) == 1


async def fill_up(database: Database, draft: dict[str, Any], *, count: int) -> None:
    """Add copies of a draft."""
    columns = [each for each in inspect(Order).columns if each.key != "id"]
    numbers = func.generate_series(1, count).table_valued("number")
    copies = select(func.gen_random_uuid(), *columns).where(Order.id == UUID(draft["id"]))
    numbered = copies.select_from(join(Order, numbers, true()))
    names = ["id", *(each.key for each in columns)]
    async with database.begin() as transaction:
        await transaction.execute(insert(Order).from_select(names, numbered))


async def test_many_at_once_leave_no_more_orders_open_than_an_account_may_have(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    draft = await placed(client, owner, body(company, submit=False))
    await fill_up(database, draft, count=MOST_OPEN - 3)

    answers = await asyncio.gather(*(place(client, owner, body(company)) for _ in range(AT_ONCE)))
    refused = [each.json() for each in answers if each.status_code == 409]
    ended = await post(client, owner, draft, "cancellations", reason="ні")
    again = await place(client, owner, body(company))

    assert Counter(each.status_code for each in answers) == {201: 2, 409: AT_ONCE - 2}
    assert {(each["code"], each["most"]) for each in refused} == {("too_many_orders", MOST_OPEN)}
    assert (ended.status_code, again.status_code) == (200, 201)


async def test_a_cancellation_and_the_beginning_of_the_work_meet(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, body(company))
    staff = operator(database, clock)

    begun, *cancelled = await asyncio.gather(
        staff.move(order["number"], OrderStatus.IN_PROGRESS, comment=None, act=ACT),
        *(post(client, owner, order, "cancellations", reason="ні") for _ in range(AT_ONCE)),
        return_exceptions=True,
    )

    found = await shown(client, owner, order)
    ended = [each for each in cancelled if getattr(each, "status_code", 0) == 200]
    assert found["status"] in {"cancelled", "in_progress"}
    assert len(ended) == (found["status"] == "cancelled")
    assert isinstance(begun, Exception) == (found["status"] == "cancelled")


async def test_many_workers_owe_a_late_order_once(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    check = {"invoice_number": "2026-10-000123", "why": "забагато"}
    for request in (*[body(company)] * 3, body(company, "bill_check", answers=check)):
        await placed(client, owner, request)
    clock.advance(timedelta(days=60))
    clocks = OrderClockService(database=database, clock=clock)

    found = await asyncio.gather(*(clocks.find_late() for _ in range(AT_ONCE)))

    assert sum(found) == 4
    async with database.begin() as transaction:
        assert await transaction.scalar(select(func.count()).select_from(OrderCompensation)) == 4
