"""Members who have signed in already, so that a test starts where its story does."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.access import Credentials
from app.database import Database
from app.models.base import new_id
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import Organization
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.origin import OperatorAct, Origin
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.security.session_tokens import SessionTokens
from tests.factories.registry import Company
from tests.fakes.clock import NOON

PASSWORD = "Qwer123!"
PROVEN_SINCE = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
"""Before every moment of the tests: their clocks move, and some take the real time."""


@dataclass
class SignedIn:
    member: Member
    credentials: Credentials
    headers: dict[str, str]


def act(reason: str = "came with a passport") -> OperatorAct:
    return OperatorAct("o.kravets", reason)


def new_phone() -> str:
    return f"+38050{secrets.randbelow(10**7):07}"


async def sign_in(
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    *,
    role: str = "owner",
    is_proven: bool = True,
    **changes: Any,
) -> SignedIn:
    """Return a member of the company with a live session, its account linked."""
    member = Member(
        organization_id=company.organization.id,
        id=new_id(),
        role=role,
        **{
            "phone": new_phone(),
            "full_name": None,
            "locale": "uk",
            "password_hash": "unusable",
            "created_at": NOON,
        }
        | changes,
    )
    started, tokens = Session.start(
        member,
        session_tokens=SessionTokens(
            access_tokens=access_tokens, secret_key=SecretKey("of the factory")
        ),
        origin=Origin(address=None, device=None),
        now=NOON,
    )
    async with database.begin() as transaction:
        organization = await transaction.get_one(Organization, company.organization.id)
        organization.registered_at = PROVEN_SINCE if is_proven else NOON
        organization.ownership_proven_at = PROVEN_SINCE if is_proven else None
        transaction.add(member)
        if role == "owner":
            transaction.add(link(company, linked_by=company.organization.id))
        await transaction.flush()
        transaction.add(started)
    return SignedIn(member, started.credentials, bearer(tokens.access_token))


def headers_at(access_tokens: AccessTokens, who: SignedIn, moment: datetime) -> dict[str, str]:
    """Return a fresh access token of a session that has gone on for a while."""
    return bearer(access_tokens.issue(who.credentials, now=moment))


def bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}"}


def link(company: Company, *, linked_by: UUID, scope: str = "view") -> AccountLink:
    return AccountLink(
        organization_id=linked_by,
        account_organization_id=company.organization.id,
        account_id=company.account.id,
        linked_at=NOON,
        scope=scope,
    )


async def password_hash(passwords: PasswordHasher) -> str:
    return await passwords.hash(PASSWORD)
