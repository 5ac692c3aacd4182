"""Orders over HTTP: moved by the sides that may, and talked about."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.money import Money
from app.models.orders.order_status import OrderStatus
from tests.api.orders.conftest import Passing
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import trail
from tests.steps.orders.catalogue import changed, load
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

WISH = {"meter_serial": "00000001", "reason": "wish"}
FAULTY = {"meter_serial": "00000001", "reason": "faulty"}


async def test_a_question_pauses_the_clock_and_the_answer_goes_on(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    owner: SignedIn,
    company: Company,
) -> None:
    order = await placed(client, owner, body(company))
    staff = operator(database, clock)
    await passing(timedelta(days=1))
    await staff.move(order["number"], OrderStatus.NEEDS_INFO, comment="Яка адреса?", act=ACT)
    await passing(timedelta(days=9))
    asked = await shown(client, owner, order)
    url = f"{ORDERS}/{order['id']}"
    wrong = await client.patch(url, json={"answers": {}}, headers=owner.headers)
    answered = await post(client, owner, order, "submissions")

    assert asked["clock"]["state"] == "paused"
    assert asked["clock"]["days_used"] == 1
    assert asked["history"][-1]["comment"] == "Яка адреса?"
    assert asked["next_step"]["by"] == "customer"
    assert refusal(wrong) == (422, "answers_invalid")
    found = answered.json()
    assert (found["status"], found["clock"]["state"]) == ("registered", "running")
    assert found["clock"]["due_on"] == "2027-01-08", "30 December and nine days"
    assert len(await trail(database, company, "order.moved")) == 1


async def test_a_calculated_fee_is_quoted_and_accepted(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    await load(database, changed("power_change", documents=[]))
    answers = {"power_kw": 16}
    order = await placed(client, owner, about_point(company, "power_change", answers))
    early = await post(client, owner, order, "quote-acceptances")
    last_day = clock.now().date() + timedelta(days=10)
    await operator(database, clock).quote(
        order["number"], amount=Money.parse("54000.00"), valid_until=last_day, act=ACT
    )
    quoted = await shown(client, owner, order)
    accepted = await post(client, owner, order, "quote-acceptances")

    assert order["clock"]["state"] == "not_started"
    assert refusal(early) == (409, "order_not_changeable")
    assert early.json()["possible"] == ["cancelled"]
    assert quoted["fee"]["status"] == "quoted"
    assert (quoted["fee"]["amount"], quoted["fee"]["vat"]) == ("54000.00", "9000.00")
    assert quoted["fee"]["valid_until"] == "2026-12-10"
    assert accepted.json()["status"] == "awaiting_payment"
    assert accepted.json()["fee"]["status"] == "due"


async def test_a_quote_holds_until_its_last_day(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    passing: Passing,
    owner: SignedIn,
    company: Company,
) -> None:
    await load(database, changed("power_change", documents=[]))
    order = await placed(client, owner, about_point(company, "power_change", {"power_kw": 16}))
    today = clock.now().date()
    await operator(database, clock).quote(
        order["number"], amount=Money(100), valid_until=today, act=ACT
    )
    await passing(timedelta(days=1))

    late = await post(client, owner, order, "quote-acceptances")

    assert refusal(late) == (409, "quote_expired")
    assert late.json()["valid_until"] == "2026-11-30"


async def test_work_is_done_and_its_act_accepted(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, about_point(company, "meter_replace", FAULTY))
    staff = operator(database, clock)
    for target in (OrderStatus.IN_PROGRESS, OrderStatus.DONE):
        await staff.move(order["number"], target, comment=None, act=ACT)
    late = await post(client, owner, order, "cancellations", reason="ні")
    accepted = await post(client, owner, order, "act-acceptances")
    twice = await post(client, owner, order, "act-acceptances")

    assert refusal(late) == (409, "order_not_changeable")
    assert accepted.json()["status"] == "act_signed"
    assert accepted.json()["clock"]["state"] == "stopped"
    assert accepted.json()["next_step"] is None
    assert refusal(twice) == (409, "order_not_changeable")
    assert twice.json()["possible"] == []


async def test_what_is_cancelled_is_not_to_be_paid(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, about_point(company, "meter_replace", WISH))

    cancelled = await post(client, owner, order, "cancellations", reason="дорого")
    twice = await post(client, owner, order, "cancellations", reason="дорого")

    assert cancelled.json()["fee"]["status"] == "withdrawn"
    assert cancelled.json()["history"][-1]["comment"] == "дорого"
    assert refusal(twice) == (409, "order_not_changeable")


async def test_both_sides_write_and_see_what_was_read(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, body(company))
    sent = await post(client, owner, order, "messages", text="Коли?")
    clock.advance(timedelta(minutes=1))
    await operator(database, clock).say(order["number"], text="Завтра.", act=ACT)
    unread = (await shown(client, owner, order))["messages"]
    marked = await post(client, owner, order, "message-read-marks")
    read = (await shown(client, owner, order))["messages"]

    assert (sent.status_code, marked.status_code) == (201, 204)
    assert [(each["by"], each["text"]) for each in unread] == [
        ("customer", "Коли?"),
        ("operator", "Завтра."),
    ]
    assert unread[0]["read_at"], "the operator who answers has read it"
    assert unread[1]["read_at"] is None
    assert read[1]["read_at"] == "2026-11-30T10:01:00Z"


@pytest.mark.parametrize("text", ["", " ", "x" * 4001, "a\u0000b"])
async def test_what_is_no_message_is_refused(
    client: AsyncClient, owner: SignedIn, company: Company, text: str
) -> None:
    order = await placed(client, owner, body(company))

    assert refusal(await post(client, owner, order, "messages", text=text)) == (
        422,
        "validation_failed",
    )
