"""Who may order what: roles, links to other companies' accounts, and the hold after a reset."""

from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import update

from app.database import Database
from app.models.identity.member import Member
from app.models.orders.order_status import OrderStatus
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import trail
from tests.steps.orders.files import PDF
from tests.steps.orders.ordering import (
    ACT,
    ORDERS,
    about_point,
    body,
    get,
    operator,
    place,
    placed,
    post,
)

FAULTY = {"meter_serial": "00000001", "reason": "faulty"}
REFUND = {"amount": "10.00", "iban": "UA" + "1" * 27}


@pytest.mark.parametrize(
    ("role", "meters", "others"),
    [
        ("owner", 201, 201),
        ("manager", 201, 201),
        ("metering", 201, 403),
        ("accountant", 403, 403),
        ("viewer", 403, 403),
    ],
)
async def test_roles_order_what_they_may(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    role: str,
    meters: int,
    others: int,
) -> None:
    who = owner
    if role != "owner":
        who = await sign_in(database, access_tokens, company, role=role)

    about_meters = await place(client, who, about_point(company, "meter_replace", FAULTY))
    about_else = await place(client, who, body(company))
    listed = await client.get(ORDERS, headers=who.headers)

    assert (about_meters.status_code, about_else.status_code) == (meters, others)
    assert listed.status_code == 200


async def test_the_role_metering_moves_no_order_about_anything_else(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
) -> None:
    engineer = await sign_in(database, access_tokens, company, role="metering")
    order = await placed(client, owner, body(company))

    cancelled = await post(client, engineer, order, "cancellations", reason="x")
    changed = await client.patch(f"{ORDERS}/{order['id']}", json={}, headers=engineer.headers)

    assert refusal(cancelled) == refusal(changed) == (403, "permission_missing")
    assert (await get(client, engineer, order)).status_code == 200


@pytest.mark.parametrize("scope", ["view", "readings", "bills"])
async def test_a_link_without_the_scope_shows_no_orders(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
    scope: str,
) -> None:
    async with database.begin() as transaction:
        transaction.add(link(partner, linked_by=owner.member.organization_id, scope=scope))
    theirs = await placed(client, partners_owner, body(partner))

    refused = await place(client, owner, body(partner))
    seen = await get(client, owner, theirs)
    cancelled = await post(client, owner, theirs, "cancellations", reason="x")
    listed = (await client.get(ORDERS, headers=owner.headers)).json()["items"]

    assert refusal(refused) == refusal(seen) == refusal(cancelled) == (403, "link_scope_missing")
    assert refused.json()["scopes_needed"] == ["all"]
    assert listed == []


async def test_what_is_ordered_on_anothers_account_stands_in_both_trails(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    async with database.begin() as transaction:
        transaction.add(link(partner, linked_by=owner.member.organization_id, scope="all"))

    order = await placed(client, owner, body(partner))

    [ours] = await trail(database, company, "order.submitted")
    [theirs] = await trail(database, partner, "order.submitted")
    assert ours.member_id == owner.member.id
    assert (theirs.member_id, theirs.address) == (None, None)
    assert theirs.details["by_tax_id"] == company.organization.tax_id
    assert theirs.details["number"] == order["number"]
    assert (await get(client, partners_owner, order)).json()["id"] == order["id"]


async def attach_letter(client: AsyncClient, who: SignedIn, order: dict[str, Any]) -> Response:
    return await client.post(
        f"{ORDERS}/{order['id']}/attachments",
        files={"file": ("letter.pdf", PDF)},
        data={"document_code": "letter"},
        headers=who.headers,
    )


async def hold(database: Database, who: SignedIn) -> None:
    """Let the password have been replaced by SMS just now."""
    async with database.begin() as transaction:
        await transaction.execute(
            update(Member).where(Member.id == who.member.id).values(password_reset_at=NOON)
        )


async def test_on_hold_nobody_orders_what_a_thief_would(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await hold(database, owner)

    held = await place(client, owner, body(company, "refund_overpayment", answers=REFUND))
    usual = await place(client, owner, body(company))

    assert refusal(held) == (409, "hold_after_reset")
    assert usual.status_code == 201


@pytest.mark.parametrize("asked", [False, True], ids=["draft", "question"])
async def test_on_hold_nobody_sends_a_refund_elsewhere(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    company: Company,
    owner: SignedIn,
    asked: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    request = body(company, "refund_overpayment", answers=REFUND, submit=False)
    order = await placed(client, owner, request)
    letter = await attach_letter(client, owner, order)
    assert letter.status_code == 201, letter.text
    if asked:
        order = (await post(client, owner, order, "submissions")).json()
        staff = operator(database, clock)
        await staff.move(order["number"], OrderStatus.NEEDS_INFO, comment="Чий рахунок?", act=ACT)
    await hold(database, owner)

    url = f"{ORDERS}/{order['id']}"
    elsewhere = {"answers": REFUND | {"iban": "UA" + "2" * 27}}
    changed = await client.patch(url, json=elsewhere, headers=owner.headers)
    answered = await post(client, owner, order, "submissions")

    added = await attach_letter(client, owner, order)
    path = f"{url}/attachments/{letter.json()['id']}"
    removed = await client.delete(path, headers=owner.headers)

    assert refusal(changed) == refusal(answered) == (409, "hold_after_reset")
    assert refusal(added) == refusal(removed) == (409, "hold_after_reset")
    assert (await get(client, owner, order)).json()["answers"] == REFUND
