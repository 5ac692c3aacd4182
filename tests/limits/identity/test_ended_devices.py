"""Removal, a new phone and the operator's act make a device a stranger's (security.md A4)."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, update

from app.database import Database
from app.models.customers.organization import Organization
from app.models.identity.session import EndReason, Session
from app.models.limits import Limits
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services.identity.lost_phones import LostPhoneService
from tests.factories.people import PASSWORD, act, new_phone
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock
from tests.limits.clients import client_at
from tests.limits.identity.test_device_tokens import HOME, OURS, enter, named
from tests.steps.identity import phone_changing
from tests.steps.identity.phone_changing import NEW, OLD, codes_of
from tests.steps.identity.stories import Story, bearer

SEEN = "192.0.2.66"
TRIES = 25


@pytest.fixture
async def tokens(app: FastAPI, story: Story, database: Database, company: Company) -> Any:
    """What the owner got who signed up from home, of a company that is proven to be theirs."""
    async with client_at(app, HOME, device=OURS) as client:
        home = Story(client, story.database, story.messages, story.gateway)
        found = await home.sign_up(company, phone=OLD)
    async with database.begin() as transaction:
        await transaction.execute(update(Organization).values(ownership_proven_at=NOON))
    return found


async def flood(app: FastAPI, name: dict[str, str]) -> None:
    """Guess from everywhere at a member's password."""
    for number in range(TRIES):
        await enter(app, name, address=f"203.0.{number}.1", password="Wrong123!")


async def how_it_ended(database: Database, session_id: str) -> str | None:
    query = select(Session.end_reason).where(Session.id == UUID(session_id))
    async with database.begin() as transaction:
        return (await transaction.scalars(query)).one()


async def test_the_device_that_changes_the_phone_stays_and_the_others_go(
    app: FastAPI,
    database: Database,
    company: Company,
    secret_key: SecretKey,
    tokens: dict[str, Any],
) -> None:
    other = (await enter(app, named(company), address=SEEN)).json()
    async with client_at(app, HOME, device=OURS) as client:
        client.headers.update(bearer(tokens))
        wish = {"new_phone": NEW, "current_password": PASSWORD}
        change_id = (await client.post(phone_changing.URL, json=wish)).json()["id"]
        old, new = await codes_of(database, secret_key, change_id)
        path = f"{phone_changing.URL}/{change_id}/confirmations"
        body = {"old_phone_code": old, "new_phone_code": new}
        assert (await client.post(path, json=body)).status_code == 204
    await flood(app, named(company))

    there = await enter(app, named(company), address=SEEN, token=other["device_token"])
    here = await enter(app, named(company), address=HOME, token=tokens["device_token"])

    assert await how_it_ended(database, other["session_id"]) == EndReason.PHONE_CHANGED
    assert (there.status_code, here.status_code) == (429, 201)


async def test_after_the_operators_act_no_device_is_the_owners(
    app: FastAPI,
    database: Database,
    company: Company,
    passwords: PasswordHasher,
    clock: FrozenClock,
    tokens: dict[str, Any],
) -> None:
    service = LostPhoneService(database=database, clock=clock, passwords=passwords, limits=Limits())
    await service.replace(
        tax_id=company.organization.tax_id, phone=new_phone(), act=act(), keeps_password=True
    )
    await flood(app, named(company))

    here = await enter(app, named(company), address=HOME, device=OURS, token=tokens["device_token"])

    assert await how_it_ended(database, tokens["session_id"]) == EndReason.BY_OPERATOR
    assert here.status_code == 429


async def join(client: AsyncClient, story: Story, owner: dict[str, Any], phone: str) -> Any:
    """Invite somebody, and accept as they do."""
    body = {"phone": phone, "full_name": "Clerk", "role": "viewer"}
    invited = await client.post("/v1/invitations", json=body, headers=bearer(owner))
    code = await story.read_code(invited.json()["id"])
    path = f"/v1/invitations/{invited.json()['id']}/acceptances"
    accepted = await client.post(path, json={"code": code, "password": PASSWORD})
    assert accepted.status_code == 201, accepted.text
    return accepted.json()


async def test_who_was_removed_and_comes_back_has_no_device_of_before(
    app: FastAPI, story: Story, database: Database, tokens: dict[str, Any]
) -> None:
    phone = new_phone()
    async with client_at(app, SEEN) as client:
        before = await join(client, story, tokens, phone)
        members = (await client.get("/v1/members", headers=bearer(tokens))).json()["items"]
        [clerk] = [each["id"] for each in members if each["role"] == "viewer"]
        removed = f"/v1/members/{clerk}"
        assert (await client.delete(removed, headers=bearer(tokens))).status_code == 204
    async with client_at(app, "192.0.2.99", device="another") as client:
        after = await join(client, story, tokens, phone)
    await flood(app, {"phone": phone})

    there = await enter(app, {"phone": phone}, address=SEEN, token=before["device_token"])
    here = await enter(app, {"phone": phone}, address="192.0.2.99", token=after["device_token"])

    assert await how_it_ended(database, before["session_id"]) == EndReason.REMOVED
    assert (there.status_code, here.status_code) == (429, 201)
