"""Every route is in the table of rights, and what it guards is guarded."""

import re
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.main import document
from app.models.customers.account_link import AccountLink
from app.security.access_tokens import AccessTokens
from tests.architecture.bodies import BODIES, content_of
from tests.architecture.rights import COMPANY, MEMBERS, PUBLIC
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import create_company
from tests.steps.billing.issuing import draft, issue
from tests.steps.orders.catalogue import load
from tests.steps.orders.ordering import body as an_order
from tests.steps.orders.ordering import placed
from tests.steps.payments.paying import begun


@cache
def routes() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_states_who_may_call_it() -> None:
    assert set(routes()) == PUBLIC | set(MEMBERS)


def test_only_public_routes_do_without_a_token() -> None:
    assert {name for name, route in routes().items() if "security" not in route} == PUBLIC


def test_nothing_is_served_under_v1_that_the_document_does_not_name(app: FastAPI) -> None:
    named = {name.partition(" ")[2] for name in routes()}
    served = {str(getattr(route, "path", "")) for route in app.routes}

    assert {path for path in served if path.startswith("/v1")} <= named


def call(route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    path = path.replace("{tax_id}", "34067885")
    return method, re.sub(r"\{\w+\}", str(uuid4()), path)


@pytest.mark.parametrize("route", sorted(MEMBERS))
async def test_strangers_are_turned_away(client: AsyncClient, route: str) -> None:
    method, path = call(route)

    response = await client.request(method, path)

    assert (response.status_code, response.json()["code"]) == (401, "token_rejected")


@pytest.fixture
async def mine(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> dict[str, str]:
    """Ids of things that exist and belong to somebody."""
    company = await create_company(database, history={"2026-10": "1000"})
    owner = await sign_in(database, access_tokens, company)
    body = BODIES["POST /v1/invitations"]
    invited = await client.post("/v1/invitations", json=body, headers=owner.headers)
    await load(database)
    async with database.begin() as session:
        link_id = await session.scalar(
            select(AccountLink.id).where(AccountLink.account_id == company.account.id)
        )
    invoice = await issue(database, company, draft("10"))
    return {
        "attachment": str(uuid4()),
        "account": str(company.account.id),
        "change": str(uuid4()),
        "invitation": invited.json()["id"],
        "invoice": str(invoice.id),
        "link": str(link_id),
        "member": str(owner.member.id),
        "order": (await placed(client, owner, an_order(company)))["id"],
        "payment": str(await begun(database, company)),
        "reading": str(company.readings[0].id),
        "receipt": str(uuid4()),
    }


@pytest.fixture
async def stranger(database: Database, access_tokens: AccessTokens) -> SignedIn:
    return await sign_in(database, access_tokens, await create_company(database))


@pytest.mark.parametrize("route", sorted(name for name, kind in COMPANY.items() if kind))
async def test_another_companys_things_are_as_absent_as_those_that_do_not_exist(
    client: AsyncClient, mine: dict[str, str], stranger: SignedIn, route: str
) -> None:
    kind = COMPANY[route]
    method, absent = call(route)
    foreign = re.sub(r"\{\w+\}", mine[kind or ""], route.partition(" ")[2])

    answers = [
        await client.request(method, path, headers=stranger.headers, **content_of(route))
        for path in (foreign, absent)
    ]

    seen = [
        (answer.status_code, answer.json() | {"request_id": None, "instance": None})
        for answer in answers
    ]
    assert seen[0] == seen[1]
    assert seen[0][0] == 404


async def test_a_list_holds_nothing_of_another_company(
    client: AsyncClient, mine: dict[str, str], stranger: SignedIn
) -> None:
    accounts = await client.get("/v1/accounts", headers=stranger.headers)
    consumption = await client.get("/v1/consumption?group_by=account", headers=stranger.headers)
    invitations = await client.get("/v1/invitations", headers=stranger.headers)
    members = await client.get("/v1/members", headers=stranger.headers)
    links = await client.get("/v1/account-links", headers=stranger.headers)
    invoices = await client.get("/v1/invoices", headers=stranger.headers)
    balance = await client.get("/v1/balance", headers=stranger.headers)
    payments = await client.get("/v1/payments", headers=stranger.headers)

    assert mine["payment"] not in payments.text
    assert mine["link"] not in links.text
    assert mine["invitation"] not in invitations.text
    assert mine["member"] not in members.text
    assert mine["account"] not in accounts.text
    assert mine["account"] not in consumption.text
    assert mine["invoice"] not in invoices.text
    assert mine["account"] not in balance.text
