"""Appointments: listed by district, booked, moved once, given back, never overbooked."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.orders.appointment import SlotsBooked
from app.models.orders.order_status import OrderStatus
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import trail
from tests.steps.orders.ordering import (
    ACT,
    ORDERS,
    about_point,
    body,
    operator,
    placed,
    post,
    shown,
)
from tests.steps.orders.slots import LATER, MORNING, NOON, PAST, load_slots, plan


@pytest.fixture
async def order(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> dict[str, Any]:
    await load_slots(database, *(plan(each, 1) for each in (PAST, MORNING, NOON, LATER)))
    return await placed(client, owner, about_point(company, "control_reading", {}))


async def book(
    client: AsyncClient, who: SignedIn, order: dict[str, Any], starts_at: Any
) -> Response:
    url = f"{ORDERS}/{order['id']}/appointment"
    return await client.put(url, json={"starts_at": starts_at.isoformat()}, headers=who.headers)


async def free(client: AsyncClient, who: SignedIn, order: dict[str, Any], **query: str) -> Any:
    url = f"{ORDERS}/{order['id']}/slots"
    answer = await client.get(url, params=query, headers=who.headers)
    return [each["starts_at"] for each in answer.json()["items"]]


async def test_a_slot_is_booked_moved_once_and_given_back(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    order: dict[str, Any],
) -> None:
    before = await free(client, owner, order)
    booked = await book(client, owner, order, MORNING)
    same = await book(client, owner, order, MORNING)
    after = await free(client, owner, order)
    moved = await book(client, owner, order, NOON)
    again = await book(client, owner, order, LATER)
    url = f"{ORDERS}/{order['id']}/appointment"
    released = await client.delete(url, headers=owner.headers)
    twice = await client.delete(url, headers=owner.headers)

    assert before == ["2026-12-01T07:00:00Z", "2026-12-01T10:00:00Z", "2026-12-02T07:00:00Z"]
    assert booked.json()["status"] == "scheduled"
    assert booked.json()["appointment"] == {
        "starts_at": "2026-12-01T07:00:00Z",
        "ends_at": "2026-12-01T10:00:00Z",
    }
    assert same.json() == booked.json()
    assert after == before[1:]
    assert moved.json()["appointment"]["starts_at"] == "2026-12-01T10:00:00Z"
    assert refusal(again) == (409, "appointment_moved_already")
    assert released.status_code == 204
    assert refusal(twice) == (409, "order_not_changeable")
    found = await shown(client, owner, order)
    assert (found["status"], found["appointment"]) == ("registered", None)
    assert await free(client, owner, order) == before
    assert len(await trail(database, company, "order.scheduled")) == 2


async def test_what_cannot_be_booked_is_refused(
    client: AsyncClient, owner: SignedIn, company: Company, order: dict[str, Any]
) -> None:
    complaint = await placed(client, owner, body(company))
    other = await placed(client, owner, about_point(company, "meter_check", {"reason": "x"}))

    await book(client, owner, order, MORNING)
    answers = [
        await book(client, owner, order, MORNING + timedelta(minutes=1)),
        await book(client, owner, order, PAST),
        await book(client, owner, complaint, NOON),
        await book(client, owner, other, NOON),
    ]

    assert [refusal(each) for each in answers] == [
        (404, "slot_not_found"),
        (409, "slot_past"),
        (409, "order_not_changeable"),
        (409, "order_not_changeable"),
    ], "no appointments, and not paid yet"


async def test_a_taken_slot_is_refused_and_the_old_one_stays(
    client: AsyncClient, owner: SignedIn, company: Company, order: dict[str, Any]
) -> None:
    faulty = {"meter_serial": "1", "reason": "faulty"}
    other = await placed(client, owner, about_point(company, "meter_replace", faulty))
    await book(client, owner, other, MORNING)
    await book(client, owner, order, NOON)

    taken = await book(client, owner, order, MORNING)
    found = await shown(client, owner, order)
    await post(client, owner, other, "cancellations", reason="ні")
    freed = await book(client, owner, order, MORNING)

    assert refusal(taken) == (409, "slot_taken")
    assert found["appointment"]["starts_at"] == "2026-12-01T10:00:00Z"
    assert freed.status_code == 200, "a cancelled order gives its place back"


async def test_the_staff_schedules_and_begins_the_work(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    order: dict[str, Any],
) -> None:
    staff = operator(database, clock)
    await staff.schedule(order["number"], MORNING, act=ACT)
    await staff.schedule(order["number"], NOON, act=ACT)
    await staff.move(order["number"], OrderStatus.IN_PROGRESS, comment=None, act=ACT)

    late = await book(client, owner, order, LATER)
    found = await shown(client, owner, order)

    assert refusal(late) == (409, "order_not_changeable")
    assert found["appointment"]["starts_at"] == "2026-12-01T10:00:00Z"
    assert "2026-12-01T07:00:00Z" in await free(client, owner, order)


async def test_the_longest_part_of_the_address_decides_the_district(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    await load_slots(
        database,
        plan(MORNING, 1),
        plan(NOON, 1, district="centre", address_part="ХРЕЩАТИК"),
        plan(LATER, 1, district="podil", address_part="Подільський"),
    )
    order = await placed(client, owner, about_point(company, "control_reading", {}))

    assert await free(client, owner, order) == ["2026-12-01T10:00:00Z"]


async def test_days_choose_what_is_listed(
    client: AsyncClient, owner: SignedIn, order: dict[str, Any]
) -> None:
    assert len(await free(client, owner, order, **{"from": "2026-12-02"})) == 1
    assert len(await free(client, owner, order, to="2026-12-01")) == 2
    assert await free(client, owner, order, **{"from": "9999-12-31", "to": "9999-12-31"}) == []
    assert await free(client, owner, order, **{"from": "0001-01-01", "to": "0001-01-01"}) == []


async def test_days_that_end_before_they_begin_are_refused(
    client: AsyncClient, owner: SignedIn, order: dict[str, Any]
) -> None:
    url = f"{ORDERS}/{order['id']}/slots"
    backwards = {"from": "2026-12-02", "to": "2026-12-01"}
    answers = [
        await client.get(url, params=query, headers=owner.headers)
        for query in (backwards, {"to": "2020-01-01"})
    ]

    assert [refusal(each) for each in answers] == [(422, "range_invalid")] * 2
    assert answers[0].json()["errors"][0]["parameter"] == "from"


async def test_a_plan_leaves_what_is_booked(
    client: AsyncClient, database: Database, owner: SignedIn, order: dict[str, Any]
) -> None:
    await book(client, owner, order, MORNING)

    with pytest.raises(SlotsBooked):
        await load_slots(database, plan(NOON, 5), plan(MORNING, 0))
    assert await load_slots(database, plan(NOON, 0), plan(MORNING, 1)) == 2
    assert await free(client, owner, order) == ["2026-12-02T07:00:00Z"]
