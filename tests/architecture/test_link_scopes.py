"""What a link to another company's account permits, tried on every route about one thing of it.

A route that shows or changes something of an account and has no line here fails the build.
"""

from typing import Any, Final
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import update

from app.access import SCOPES, LinkScope, Permission
from app.database import Database
from app.models.customers.account_link import AccountLink
from app.security.access_tokens import AccessTokens
from tests.architecture.bodies import content_of
from tests.architecture.rights import COMPANY
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company, create_company
from tests.steps.billing.issuing import draft, issue
from tests.steps.metering.submitting import shows, submit
from tests.steps.orders.catalogue import load
from tests.steps.orders.ordering import body, placed

ACCOUNT: Final = "/v1/accounts/{account_id}"
INVOICE: Final = "/v1/invoices/{invoice_id}"
NEEDS: Final = {
    f"GET {ACCOUNT}": Permission.VIEW_ACCOUNTS,
    f"GET {ACCOUNT}/consumption": Permission.VIEW_CONSUMPTION,
    f"GET {ACCOUNT}/consumption/chart.svg": Permission.VIEW_CONSUMPTION,
    f"POST {ACCOUNT}/consumption/chart-links": Permission.VIEW_CONSUMPTION,
    f"GET {ACCOUNT}/settlements": Permission.VIEW_CONSUMPTION,
    f"GET {ACCOUNT}/reading-form": Permission.VIEW_READINGS,
    f"GET {ACCOUNT}/readings": Permission.VIEW_READINGS,
    f"POST {ACCOUNT}/readings": Permission.SUBMIT_READINGS,
    "GET /v1/readings/{reading_id}": Permission.VIEW_READINGS,
    "GET /v1/reading-receipts/{receipt_id}": Permission.VIEW_READINGS,
    f"GET {ACCOUNT}/balance": Permission.VIEW_BILLS,
    f"GET {ACCOUNT}/bill-forecast": Permission.VIEW_BILLS,
    f"GET {ACCOUNT}/payment-slip": Permission.VIEW_BILLS,
    f"GET {ACCOUNT}/payment-terms": Permission.VIEW_BILLS,
    f"GET {ACCOUNT}/statement": Permission.VIEW_BILLS,
    f"GET {ACCOUNT}/statement/export": Permission.VIEW_BILLS,
    f"GET {INVOICE}": Permission.VIEW_BILLS,
    f"GET {INVOICE}/document": Permission.VIEW_BILLS,
    f"GET {INVOICE}/payment-slip": Permission.VIEW_BILLS,
    f"GET {INVOICE}/payment-slip.png": Permission.VIEW_BILLS,
    f"GET {INVOICE}/payment-slip.svg": Permission.VIEW_BILLS,
}
SEEN_BY_ORDER: Final = {"GET": Permission.VIEW_ORDERS}
"""Routes of an order; whatever is no look at it is `PLACE_ORDERS`."""
THINGS: Final = frozenset({"account", "reading", "receipt", "invoice", "order"})
ROUTES: Final = sorted(route for route, thing in COMPANY.items() if thing in THINGS)


def needed(route: str) -> Permission:
    if COMPANY[route] == "order":
        return SEEN_BY_ORDER.get(route.partition(" ")[0], Permission.PLACE_ORDERS)
    return NEEDS[route]


def test_every_route_about_an_account_says_what_it_needs() -> None:
    others = {route for route in ROUTES if COMPANY[route] != "order"}
    assert set(NEEDS) == others


@pytest.fixture
async def partner(database: Database) -> Company:
    """The company whose account another sees."""
    return await create_company(database, history={"2026-10": "1000"})


@pytest.fixture
async def ids(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, partner: Company
) -> dict[str, str]:
    """One of everything of that company."""
    owner = await sign_in(database, access_tokens, partner)
    await load(database)
    receipt = await submit(client, owner, partner, shows(partner, "1100"))
    order = await placed(client, owner, body(partner))
    return {
        "account_id": str(partner.account.id),
        "reading_id": str(partner.readings[0].id),
        "receipt_id": receipt.json()["receipt_id"],
        "invoice_id": str((await issue(database, partner, draft("10"))).id),
        "order_id": order["id"],
        "attachment_id": str(uuid4()),
    }


@pytest.fixture
async def guest(database: Database, access_tokens: AccessTokens, partner: Company) -> SignedIn:
    """The owner of the company that was let see the account."""
    guest = await sign_in(database, access_tokens, await create_company(database))
    async with database.begin() as transaction:
        transaction.add(link(partner, linked_by=guest.member.organization_id, scope="view"))
    return guest


def content_for(route: str, partner: Company) -> dict[str, Any]:
    if route == f"POST {ACCOUNT}/readings":
        return {"json": {"readings": [shows(partner, "1200")]}}
    return content_of(route)


def outcome_of(answer: Response, route: str) -> str:
    """Say whether the link permits it; a bill that it does not show may be as absent as none."""
    assert answer.status_code < 500, answer.text
    code = "" if answer.status_code < 400 else answer.json()["code"]
    is_hidden = code == "not_found" and COMPANY[route] == "invoice"
    if code == "link_scope_missing" or is_hidden:
        return "refused"
    is_lost = code == "not_found" and "attachment_id" not in route
    return code if is_lost else "permitted"


@pytest.mark.parametrize("route", ROUTES)
async def test_a_link_permits_what_its_scope_says(
    client: AsyncClient,
    database: Database,
    partner: Company,
    guest: SignedIn,
    ids: dict[str, str],
    route: str,
) -> None:
    method, _, path = route.partition(" ")
    seen: dict[str, str] = {}
    for scope in LinkScope:
        async with database.begin() as transaction:
            of_guest = AccountLink.organization_id == guest.member.organization_id
            narrowed = update(AccountLink).where(
                of_guest, AccountLink.account_id == partner.account.id
            )
            await transaction.execute(narrowed.values(scope=scope.value))
        answer = await client.request(
            method, path.format_map(ids), headers=guest.headers, **content_for(route, partner)
        )
        seen[scope] = outcome_of(answer, route)

    assert seen == {
        scope: "permitted" if needed(route) in SCOPES[scope] else "refused" for scope in LinkScope
    }
