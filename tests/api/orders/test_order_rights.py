"""Who may order what: roles, links to other companies' accounts, and the hold after a reset."""

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from app.database import Database
from app.models.identity.member import Member
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import NOON
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import trail
from tests.steps.orders.ordering import ORDERS, about_point, body, get, place, placed, post

FAULTY = {"meter_serial": "00000001", "reason": "faulty"}


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


async def test_on_hold_nobody_orders_what_a_thief_would(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    async with database.begin() as transaction:
        await transaction.execute(
            update(Member).where(Member.id == owner.member.id).values(password_reset_at=NOON)
        )

    refund = {"amount": "10.00", "iban": "UA" + "1" * 27}
    held = await place(client, owner, body(company, "refund_overpayment", answers=refund))
    usual = await place(client, owner, body(company))

    assert refusal(held) == (409, "hold_after_reset")
    assert usual.status_code == 201
