"""The table of rights, tried on every route: role x hold x pending x limited x frozen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import Organization
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.architecture.bodies import content_of
from tests.architecture.rights import MEMBERS, ROLES, Rights
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON

REFUSALS: Final = {
    "session_ended",
    "ownership_pending",
    "permission_missing",
    "cabinet_frozen",
    "hold_after_reset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a member is, besides signed in."""

    role: str
    is_pending: bool = False
    is_limited: bool = False
    is_on_hold: bool = False
    is_frozen: bool = False
    is_cabinet_frozen: bool = False

    def named(self) -> str:
        flags = [name for name in self.__slots__ if getattr(self, name) is True]
        return " ".join([self.role, *flags])

    def outcome(self, rights: Rights) -> str:
        """Return what the table says: allowed, or the code of the refusal."""
        if self.is_frozen or (self.is_cabinet_frozen and self.role != "owner"):
            return "session_ended"
        if self.is_pending and not rights.also_pending:
            return "ownership_pending"
        if self.role not in rights.roles or (self.is_limited and not rights.also_limited):
            return "permission_missing"
        if self.is_cabinet_frozen and not rights.also_frozen:
            return "cabinet_frozen"
        if self.is_on_hold and not rights.also_on_hold:
            return "hold_after_reset"
        return "allowed"


def states() -> Iterator[State]:
    both = (False, True)
    for pending, role in product(both, ROLES.values()):
        for hold, flag in product(both, both):
            state = State(role=role, is_pending=pending, is_on_hold=hold)
            # Nobody limits the owner, and a frozen cabinet shuts nobody else in.
            if role == "owner":
                yield replace(state, is_cabinet_frozen=flag)
            else:
                yield replace(state, is_limited=flag)
        if role != "owner":
            yield State(role=role, is_pending=pending, is_frozen=True)
            yield State(role=role, is_pending=pending, is_cabinet_frozen=True)


@dataclass
class Cabinet:
    """A company with its owner, and a colleague who becomes what each state says."""

    client: AsyncClient
    database: Database
    company: Company
    owner: SignedIn
    colleague: SignedIn
    link_id: UUID
    has_signed_out: bool
    is_pending: bool = False

    async def become(self, state: State) -> SignedIn:
        who = self.owner if state.role == "owner" else self.colleague
        async with self.database.begin() as session:
            if state.is_pending != self.is_pending:
                self.is_pending = state.is_pending
                await session.execute(
                    update(Organization)
                    .where(Organization.id == self.company.organization.id)
                    .values(ownership_proven_at=None if state.is_pending else NOON)
                )
            if self.has_signed_out:
                await session.execute(update(Session).values(ended_at=None))
            await session.execute(
                update(Member)
                .where(Member.id == who.member.id)
                .values(
                    role=state.role,
                    password_reset_at=NOON if state.is_on_hold else None,
                    account_ids=[self.company.account.id] if state.is_limited else None,
                    frozen_at=NOON if state.is_frozen else None,
                    cabinet_frozen_at=NOON if state.is_cabinet_frozen else None,
                )
            )
        return who

    async def call(self, route: str, who: SignedIn) -> Response:
        method, _, path = route.partition(" ")
        return await self.client.request(
            method, path.format_map(self.ids()), headers=who.headers, **content_of(route)
        )

    def ids(self) -> dict[str, Any]:
        """Return an id for each thing in a path: theirs where a refusal depends on what it is."""
        names = (
            "attachment",
            "change",
            "invitation",
            "invoice",
            "member",
            "order",
            "payment",
            "receipt",
            "session",
        )
        return {f"{name}_id": uuid4() for name in names} | {
            "account_id": self.company.account.id,
            "link_id": self.link_id,
            "tax_id": "34067885",
            "reading_id": self.company.readings[0].id,
        }


@pytest.fixture
async def cabinet(
    route: str,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
) -> Cabinet:
    company = await create_company(database, history={"2026-10": "1000"})
    stored = await passwords.hash(PASSWORD)
    owner = await sign_in(database, access_tokens, company, password_hash=stored)
    colleague = await sign_in(database, access_tokens, company, role="viewer", password_hash=stored)
    async with database.begin() as session:
        link_id = await session.scalar(
            select(AccountLink.id).where(AccountLink.account_id == company.account.id)
        )
    assert link_id is not None
    has_signed_out = route == "DELETE /v1/sessions/current"
    return Cabinet(client, database, company, owner, colleague, link_id, has_signed_out)


def outcome_of(response: Response) -> str:
    assert response.status_code < 500, response.text
    code = "" if response.status_code < 400 else str(response.json()["code"])
    return code if code in REFUSALS else "allowed"


@pytest.mark.parametrize("route", sorted(MEMBERS))
async def test_whoever_calls_gets_what_the_table_says(cabinet: Cabinet, route: str) -> None:
    seen: dict[str, str] = {}
    told: dict[str, str] = {}
    for state in states():
        who = await cabinet.become(state)
        seen[state.named()] = outcome_of(await cabinet.call(route, who))
        told[state.named()] = state.outcome(MEMBERS[route])

    assert seen == told
