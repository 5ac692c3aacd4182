"""A deed and its audit event commit together, wherever the process dies (security.md A11)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.database import Database
from app.models.audit_actions import Action
from app.models.audit_event import AuditEvent
from app.models.identity.actions import IdentityAction
from app.models.identity.invitation import Invitation, Invitee
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.origin import Origin
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from tests.databases import Databases
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import create_company
from tests.races.identity.test_sign_up import code_of

pytestmark = pytest.mark.committing

HERE = Origin(address="192.0.2.1", device=None)
PHONE = "+380671234588"
INVITEE = Invitee(phone=PHONE, full_name="Олена", role="viewer", account_ids=None, expires_on=None)


class Died(Exception):
    """The process is gone, with everything it had not committed."""


class MortalDatabase(Database):
    """Lets so many transactions commit, and dies at the end of the next."""

    commits_left: int | None = None

    @override
    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        async with super().begin() as transaction:
            yield transaction
            await transaction.flush()
            if self.commits_left == 0:
                raise Died
            if self.commits_left is not None:
                self.commits_left -= 1


@dataclass
class Cabinet:
    services: Services
    database: MortalDatabase
    secret_key: SecretKey
    owner: SignedIn
    clerk: SignedIn

    async def counted(self, what: Select[int]) -> int:
        async with self.database.begin() as transaction:
            return await transaction.scalar(what) or 0


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[MortalDatabase]:
    async with databases.lend() as own:
        yield MortalDatabase(own.engine)


@pytest.fixture
async def cabinet(
    services: Services,
    database: MortalDatabase,
    secret_key: SecretKey,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
) -> Cabinet:
    company = await create_company(database)
    owner = await sign_in(database, access_tokens, company)
    stored = await passwords.hash(PASSWORD)
    clerk = await sign_in(database, access_tokens, company, role="viewer", password_hash=stored)
    return Cabinet(services, database, secret_key, owner, clerk)


async def change(cabinet: Cabinet) -> None:
    await cabinet.services.identity.members.change(
        cabinet.owner.credentials, cabinet.clerk.member.id, {"role": "metering"}, origin=HERE
    )


async def remove(cabinet: Cabinet) -> None:
    await cabinet.services.identity.members.remove(
        cabinet.owner.credentials, cabinet.clerk.member.id, origin=HERE
    )


async def invite(cabinet: Cabinet) -> None:
    await cabinet.services.identity.invitations.invite(
        cabinet.owner.credentials, INVITEE, origin=HERE
    )


async def accept(cabinet: Cabinet) -> None:
    left, cabinet.database.commits_left = cabinet.database.commits_left, None
    await invite(cabinet)
    async with cabinet.database.begin() as transaction:
        newest = select(Invitation.id).order_by(Invitation.id.desc()).limit(1)
        invitation_id = (await transaction.scalars(newest)).one()
    code = await code_of(cabinet.database, cabinet.secret_key, str(invitation_id))
    cabinet.database.commits_left = left
    await cabinet.services.identity.acceptances.accept(
        invitation_id, code=code, password=PASSWORD, origin=HERE
    )


async def start_session(cabinet: Cabinet) -> None:
    await cabinet.services.identity.sign_ins.sign_in(
        account_number=None, phone=cabinet.clerk.member.phone, password=PASSWORD, origin=HERE
    )


async def end_session(cabinet: Cabinet) -> None:
    await cabinet.services.identity.sessions.sign_out(cabinet.clerk.credentials, origin=HERE)


async def change_phone(cabinet: Cabinet) -> None:
    left, cabinet.database.commits_left = cabinet.database.commits_left, None
    changes, who = cabinet.services.identity.phone_changes, cabinet.clerk.credentials
    progress = await changes.start(who, new_phone=PHONE, current_password=PASSWORD, origin=HERE)
    old, new = [
        cabinet.secret_key.code(
            challenge_id=each.id, purpose=each.purpose, phone=each.phone, length=each.length
        )
        for each, _ in (progress.old, progress.new)
    ]
    cabinet.database.commits_left = left
    await changes.confirm(
        who, progress.change.id, old_phone_code=old, new_phone_code=new, origin=HERE
    )


DEEDS: dict[Action, tuple[Callable[[Cabinet], Awaitable[None]], Select[int]]] = {
    IdentityAction.MEMBER_CHANGED: (
        change,
        select(func.count()).select_from(Member).where(Member.role == "metering"),
    ),
    IdentityAction.MEMBER_REMOVED: (
        remove,
        select(func.count()).select_from(Member).where(Member.removed_at.is_not(None)),
    ),
    IdentityAction.MEMBER_INVITED: (invite, select(func.count()).select_from(Invitation)),
    IdentityAction.MEMBER_JOINED: (
        accept,
        select(func.count()).select_from(Member).where(Member.phone == PHONE),
    ),
    IdentityAction.PHONE_CHANGED: (
        change_phone,
        select(func.count()).select_from(Member).where(Member.phone == PHONE),
    ),
    IdentityAction.SIGNED_IN: (
        start_session,
        select(func.count()).select_from(Session).where(Session.address == HERE.address),
    ),
    IdentityAction.SIGNED_OUT: (
        end_session,
        select(func.count()).select_from(Session).where(Session.ended_at.is_not(None)),
    ),
}


async def survives(cabinet: Cabinet, action: Action, *, commits: int) -> bool:
    """Carry a deed out in a process that dies after so many commits; tell whether it lived."""
    cabinet.database.commits_left = commits
    try:
        await DEEDS[action][0](cabinet)
    except Died:
        return False
    else:
        return True
    finally:
        cabinet.database.commits_left = None


@pytest.mark.parametrize("action", sorted(DEEDS))
async def test_a_deed_is_recorded_if_it_was_done_and_only_then(
    cabinet: Cabinet, action: Action
) -> None:
    recorded = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)

    for commits in count():
        lived = await survives(cabinet, action, commits=commits)
        done = await cabinet.counted(DEEDS[action][1])
        assert await cabinet.counted(recorded) == done == int(lived)
        if lived:
            break
