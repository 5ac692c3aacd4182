"""Orders over HTTP: placed, refused and shown."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import trail
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.ordering import (
    COMPLAINT,
    CONTACT,
    ORDERS,
    about_point,
    body,
    get,
    place,
    placed,
    post,
    shown,
)

WISH = {"meter_serial": "00000001", "reason": "wish"}
FAULTY = {"meter_serial": "00000001", "reason": "faulty"}


async def test_a_free_order_is_registered_at_once_with_its_legal_clock(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    answer = await place(client, owner, body(company))
    order = answer.json()

    assert answer.status_code == 201, answer.text
    assert order["status"] == "registered"
    assert order["number"].startswith("Z-2026-")
    assert order["clock"] == {
        "state": "running",
        "started_on": "2026-11-30",
        "due_on": "2026-12-30",
        "due_on_shifted": "2026-12-30",
        "days_allowed": 30,
        "unit": "calendar",
        "days_used": 0,
        "basis": {"act": "Постанова НКРЕКП № 375 від 12.06.2018", "clause": "3.3.2"},
        "compensation": {"amount": None, "currency": None, "status": "none", "posting_id": None},
    }
    assert [(each["status"], each["by"]) for each in order["history"]] == [
        ("submitted", "customer"),
        ("registered", "system"),
    ]
    assert (order["fee"], order["invoice_id"]) == (None, None)
    assert order["contact"]["phone"] == "+380671234588"
    assert await shown(client, owner, order) == order


async def test_a_fixed_fee_waits_for_payment_and_the_clock_with_it(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    paid = await placed(client, owner, about_point(company, "meter_replace", WISH))

    assert paid["status"] == "awaiting_payment"
    assert paid["fee"] == {
        "amount": "1800.00",
        "vat": "300.00",
        "currency": "UAH",
        "status": "due",
        "valid_until": None,
    }
    assert paid["clock"]["state"] == "paused"
    assert paid["next_step"]["by"] == "customer"
    assert paid["metering_point"]["id"] == str(company.meter.metering_point_id)


async def test_a_faulty_meter_of_the_operator_is_replaced_for_nothing_in_five_working_days(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    free = await placed(client, owner, about_point(company, "meter_replace", FAULTY))

    assert (free["status"], free["fee"]) == ("registered", None)
    assert (free["clock"]["due_on"], free["clock"]["unit"]) == ("2026-12-07", "working")


async def test_what_cannot_be_ordered_is_refused(
    client: AsyncClient, owner: SignedIn, company: Company, partner: Company
) -> None:
    refusals = [
        await place(client, owner, request)
        for request in (
            body(company, account_id=str(uuid4())),
            body(company, account_id=str(partner.account.id)),
            body(company, metering_point_id=str(partner.meter.metering_point_id)),
            body(company, "teleport"),
            body(company, "quality_fix", answers={"kind": "works"}),
            body(company, "meter_check", answers={"reason": "x"}),
            body(company, answers={}),
            body(company, answers={"text": "a\u0000"}),
            body(company, comment="a\u0000"),
            about_point(
                company, "seal", {"action": "seal", "from": "2026-12-01", "to": "2026-12-02"}
            ),
            {**body(company), "surprise": 1},
        )
    ]

    assert [refusal(each) for each in refusals] == [
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
        (404, "service_not_found"),
        (404, "service_not_found"),
        (422, "metering_point_missing"),
        (422, "answers_invalid"),
        (422, "answers_invalid"),
        (422, "validation_failed"),
        (409, "documents_missing"),
        (422, "validation_failed"),
    ]
    assert refusals[6].json()["errors"][0]["pointer"] == "/answers/text"
    assert refusals[9].json()["documents"] == ["scheme"]


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
async def test_wrong_answers_are_told_in_the_callers_language(
    client: AsyncClient, owner: SignedIn, company: Company, language: str
) -> None:
    headers = owner.headers | {"Accept-Language": language}

    answer = await client.post(ORDERS, json=body(company, answers={}), headers=headers)

    assert answer.headers["Content-Language"] == language
    assert answer.json()["errors"][0]["detail"]


async def test_a_closed_service_is_refused_and_its_orders_go_on(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, body(company))
    await load(database, changed("complaint", valid_to="2026-11-30"))

    refused = await place(client, owner, body(company))
    cancelled = await post(client, owner, order, "cancellations", reason="не потрібно")

    assert refusal(refused) == (409, "service_closed")
    assert cancelled.json()["status"] == "cancelled"


async def test_an_order_keeps_the_version_of_the_catalogue_that_it_was_placed_by(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    before = await placed(client, owner, about_point(company, "meter_replace", WISH))
    other = {"kind": "fixed", "amount": "2400.00", "vat_rate": "0.20"}
    await load(database, changed("meter_replace", fee=other))

    assert (await shown(client, owner, before))["fee"]["amount"] == "1800.00"
    await post(client, owner, before, "cancellations", reason="дорого")
    after = await placed(client, owner, about_point(company, "meter_replace", WISH))
    assert after["fee"]["amount"] == "2400.00"


async def test_one_order_of_a_service_is_open_for_a_point(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    first = await placed(client, owner, about_point(company, "meter_replace", WISH))

    second = await place(client, owner, about_point(company, "meter_replace", FAULTY))
    await post(client, owner, first, "cancellations", reason="інакше")
    third = await place(client, owner, about_point(company, "meter_replace", FAULTY))

    assert refusal(second) == (409, "order_open_already")
    assert second.json()["order_id"] == first["id"]
    assert third.status_code == 201


async def test_a_draft_is_changed_and_submitted(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    draft = await placed(client, owner, body(company, answers={}, submit=False))
    early = await post(client, owner, draft, "submissions")
    url = f"{ORDERS}/{draft['id']}"
    changed_order = await client.patch(
        url, json={"answers": COMPLAINT, "comment": "терміново"}, headers=owner.headers
    )
    submitted = await post(client, owner, draft, "submissions")
    late = await client.patch(url, json={"comment": "ні"}, headers=owner.headers)
    twice = await post(client, owner, draft, "submissions")

    assert (draft["status"], draft["number"], draft["clock"]["state"]) == (
        "draft",
        None,
        "not_started",
    )
    assert refusal(early) == (422, "answers_invalid")
    assert changed_order.json()["comment"] == "терміново"
    assert submitted.json()["status"] == "registered"
    assert refusal(late) == refusal(twice) == (409, "order_not_changeable")


async def test_a_change_that_changes_nothing_stands_in_no_audit_trail(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    draft = await placed(client, owner, body(company, answers={"n": 1}, submit=False))
    url = f"{ORDERS}/{draft['id']}"

    for change in ({}, {"answers": {"n": 1}}, {"contact": CONTACT}, {"answers": {"n": True}}, {}):
        answer = await client.patch(url, json=change, headers=owner.headers)
        assert answer.status_code == 200, answer.text

    assert len(await trail(database, company, "order.changed")) == 1


async def test_the_same_key_places_one_order(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    headers = owner.headers | {"Idempotency-Key": "one"}

    answers = [await client.post(ORDERS, json=body(company), headers=headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    listed = (await client.get(ORDERS, headers=owner.headers)).json()["items"]
    assert len(listed) == 1


async def test_the_list_is_filtered_and_comes_in_pages(
    client: AsyncClient, owner: SignedIn, company: Company, stranger: SignedIn
) -> None:
    made = [await placed(client, owner, body(company)) for _ in range(3)]
    draft = await placed(client, owner, body(company, "certificate", submit=False))

    def listed(**query: Any) -> Any:
        return client.get(ORDERS, params=query, headers=owner.headers)

    page = (await listed(limit=3)).json()
    rest = (await listed(limit=3, cursor=page["next_cursor"])).json()
    assert [each["id"] for each in page["items"] + rest["items"]] == [
        draft["id"],
        *(each["id"] for each in reversed(made)),
    ]
    assert rest["next_cursor"] is None
    assert len((await listed(status="draft")).json()["items"]) == 1
    assert len((await listed(service_code="complaint")).json()["items"]) == 3
    assert len((await listed(account_id=str(uuid4()))).json()["items"]) == 0
    assert refusal(await listed(status="lost")) == (422, "validation_failed")
    others = await client.get(ORDERS, headers=stranger.headers)
    assert others.json()["items"] == []


async def test_a_stranger_finds_no_order(
    client: AsyncClient, owner: SignedIn, company: Company, stranger: SignedIn
) -> None:
    order = await placed(client, owner, body(company))

    answers = [
        await get(client, stranger, order),
        await client.patch(f"{ORDERS}/{order['id']}", json={}, headers=stranger.headers),
        await post(client, stranger, order, "submissions"),
        await post(client, stranger, order, "cancellations", reason="x"),
        await post(client, stranger, order, "quote-acceptances"),
        await post(client, stranger, order, "act-acceptances"),
        await post(client, stranger, order, "messages", text="x"),
        await post(client, stranger, order, "message-read-marks"),
    ]

    assert [refusal(each) for each in answers] == [(404, "not_found")] * len(answers)
