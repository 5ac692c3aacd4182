"""A write in flight loses to a removal: each asks again, and waits for one that is under way."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, text

from app.database import Database
from app.models.audit_event import AuditEvent
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from tests.api.identity.test_invitations import INVITED
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_account, create_company
from tests.steps.accounts.linking import LINKS, ask, link_ids
from tests.steps.identity.phone_changing import URL as PHONES
from tests.steps.identity.phone_changing import codes_of, start
from tests.steps.identity.removing import LONGEST, removal, under_way, wait_for_lock
from tests.steps.identity.resets import code_of

pytestmark = pytest.mark.committing

Write = tuple[str, str, dict[str, Any] | None]
"""Method, path and body."""


@dataclass
class Scene:
    client: AsyncClient
    database: Database
    company: Company
    who: SignedIn
    colleague: SignedIn
    partner: Company
    secret_key: SecretKey

    async def write(self, name: str) -> Write:
        """Prepare a write up to its last request, which would succeed."""
        client, who = self.client, self.who
        if name == "link own":
            account = await create_account(self.database, self.company.organization)
            return "POST", LINKS, {"account_number": account.account_number}
        if name == "ask for a link":
            body = {
                "account_number": self.partner.account.account_number,
                "tax_id": self.partner.organization.tax_id,
            }
            return "POST", LINKS, body
        if name == "confirm a link":
            link_id = (await ask(client, who, self.partner)).json()["id"]
            code = await code_of(self.database, self.secret_key, link_id)
            return "POST", f"{LINKS}/{link_id}/confirmations", {"code": code}
        if name == "unlink":
            account = await create_account(self.database, self.company.organization)
            number = {"account_number": account.account_number}
            await client.post(LINKS, json=number, headers=who.headers)
            ids = await link_ids(client, who)
            key = f"{account.account_number} {self.company.organization.tax_id}"
            return "DELETE", f"{LINKS}/{ids[key]}", None
        if name == "submit":
            reading = {"register_id": str(self.company.register.id), "value": "1100"}
            return (
                "POST",
                f"/v1/accounts/{self.company.account.id}/readings",
                {"readings": [reading]},
            )
        return await self._write_of_identity(name)

    async def _write_of_identity(self, name: str) -> Write:
        if name == "confirm a phone":
            change_id = (await start(self.client, self.who)).json()["id"]
            old, new = await codes_of(self.database, self.secret_key, change_id)
            body = {"old_phone_code": old, "new_phone_code": new}
            return "POST", f"{PHONES}/{change_id}/confirmations", body
        return {
            "change me": ("PATCH", "/v1/me", {"full_name": "Somebody"}),
            "change the phone": (
                "POST",
                PHONES,
                {"new_phone": "+380501234599", "current_password": PASSWORD},
            ),
            "sign out the others": ("DELETE", "/v1/sessions", None),
            "invite": ("POST", "/v1/invitations", INVITED),
            "promote": ("PATCH", f"/v1/members/{self.colleague.member.id}", {"role": "manager"}),
            "remove": ("DELETE", f"/v1/members/{self.colleague.member.id}", None),
            "freeze": ("PUT", "/v1/cabinet-freeze", None),
        }[name]

    async def deeds(self) -> int:
        async with self.database.begin() as transaction:
            return await transaction.scalar(select(func.count()).select_from(AuditEvent)) or 0


OF_A_MANAGER = (
    "link own",
    "ask for a link",
    "confirm a link",
    "unlink",
    "submit",
    "change me",
    "change the phone",
    "confirm a phone",
    "sign out the others",
)
OF_THE_OWNER = ("invite", "promote", "remove", "freeze")


@pytest.fixture
async def scene(
    request: pytest.FixtureRequest,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    secret_key: SecretKey,
) -> Scene:
    company = await create_company(database, history={"2026-10": "1000"})
    partner = await create_company(database)
    await sign_in(database, access_tokens, partner)
    stored: dict[str, Any] = {
        "phone": "+380671234588",
        "password_hash": await passwords.hash(PASSWORD),
    }
    if request.node.callspec.params["name"] in OF_THE_OWNER:
        who = await sign_in(database, access_tokens, company, **stored)
    else:
        await sign_in(database, access_tokens, company)
        who = await sign_in(database, access_tokens, company, role="manager", **stored)
    colleague = await sign_in(database, access_tokens, company, role="viewer")
    return Scene(client, database, company, who, colleague, partner, secret_key)


@pytest.mark.parametrize("name", OF_A_MANAGER + OF_THE_OWNER)
async def test_a_write_waits_for_a_removal_and_loses(scene: Scene, name: str) -> None:
    method, path, body = await scene.write(name)
    before = await scene.deeds()

    async with under_way(scene.database, scene.who):
        writing = asyncio.create_task(
            scene.client.request(method, path, json=body, headers=scene.who.headers)
        )
        await wait_for_lock(scene.database, writing)
        assert not writing.done(), writing.result().text
    async with asyncio.timeout(LONGEST):
        answer = await writing

    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    assert await scene.deeds() == before


@pytest.mark.parametrize("name", ["confirm a link", "confirm a phone", "submit"])
async def test_once_the_owner_has_been_answered_nothing_is_written(scene: Scene, name: str) -> None:
    method, path, body = await scene.write(name)
    writes = [
        asyncio.create_task(
            scene.client.request(method, path, json=body, headers=scene.who.headers)
        )
        for _ in range(5)
    ]

    async with scene.database.begin() as transaction:
        for statement in removal(scene.who):
            await transaction.execute(statement)
    after = await deeds_of(scene.database, scene.who.member.id)
    answers = await asyncio.gather(*writes)

    assert all(answer.status_code < 500 for answer in answers)
    assert await deeds_of(scene.database, scene.who.member.id) == after
    async with scene.database.begin() as transaction:
        found = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert await transaction.scalar(found) == 0


async def deeds_of(database: Database, member_id: UUID) -> int:
    async with database.begin() as transaction:
        theirs = select(func.count()).select_from(AuditEvent)
        return await transaction.scalar(theirs.where(AuditEvent.member_id == member_id)) or 0
