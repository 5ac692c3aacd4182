"""No write of any route gets past a removal or a freeze under way: it waits, and is refused.

The routes are those of the table of rights, so that a new one is tried without being named here.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import Update, func, select

from app.database import Database
from app.models.audit_event import AuditEvent
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.architecture.bodies import content_of
from tests.architecture.rights import MEMBERS
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.steps.identity.removing import (
    LONGEST,
    freeze,
    removal,
    under_way,
    wait_for_lock,
)

pytestmark = pytest.mark.committing

ANSWERS: Final = {"GET", "HEAD"}
WRITE_NOTHING: Final = {
    # The address is the answer; it stops at the end of the session that made it.
    "POST /v1/accounts/{account_id}/consumption/chart-links",
}
ROLES: Final = ("manager", "accountant", "owner")
"""One of these may do whatever there is to do."""


def writes() -> list[str]:
    routes = (route for route in MEMBERS if route.partition(" ")[0] not in ANSWERS)
    return sorted(set(routes) - WRITE_NOTHING)


def carried(route: str, company: Company) -> dict[str, Any]:
    """Return what a request carries; of readings, one that would be recorded."""
    reading = {"register_id": str(company.register.id), "value": "1100"}
    match route:
        case "POST /v1/accounts/{account_id}/readings":
            return {"json": {"readings": [reading]}}
        case "POST /v1/reading-batches":
            return {"json": {"items": [reading], "mode": "independent"}}
        case _:
            return content_of(route)


def role_for(route: str) -> str:
    """Return who may do it, if possible somebody whom the owner can shut out."""
    return next(each for each in ROLES if each in MEMBERS[route].roles)


def shuts_out(route: str, end: Callable[[SignedIn], list[Update]]) -> bool:
    return end is removal or role_for(route) != "owner"


def path_of(path: str, **known: Any) -> str:
    names = {part[1:-1] for part in path.split("/") if part.startswith("{")}
    return path.format_map({name: uuid4() for name in names} | known)


@pytest.mark.parametrize(
    ("route", "end"),
    [(route, end) for route in writes() for end in (removal, freeze) if shuts_out(route, end)],
)
async def test_a_write_waits_for_the_end_of_access_and_is_refused(
    route: str,
    end: Callable[[SignedIn], list[Update]],
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
) -> None:
    company = await create_company(database, history={"2026-10": "1000"})
    if role_for(route) != "owner":
        await sign_in(database, access_tokens, company)
    stored = await passwords.hash(PASSWORD)
    who = await sign_in(
        database, access_tokens, company, role=role_for(route), password_hash=stored
    )
    method, _, path = route.partition(" ")
    path = path_of(
        path,
        account_id=company.account.id,
        reading_id=company.readings[0].id,
        tax_id="34067885",
    )

    async with under_way(database, who, end):
        writing = asyncio.create_task(
            client.request(method, path, headers=who.headers, **carried(route, company))
        )
        await wait_for_lock(database, writing)
        assert not writing.done(), writing.result().text
    async with asyncio.timeout(LONGEST):
        answer = await writing

    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    async with database.begin() as transaction:
        assert await transaction.scalar(select(func.count()).select_from(AuditEvent)) == 0
