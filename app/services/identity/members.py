from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access import (
    Caller,
    Credentials,
    Permission,
    SessionEnded,
    alive,
    permitted,
)
from app.errors import NotFound
from app.models.customers.organization import Ownership, ownership_at
from app.models.identity.actions import IdentityAction
from app.models.identity.member import (
    FREEZING,
    Member,
    MemberChanges,
    MemberStatus,
    ProfileChanges,
)
from app.models.identity.session import EndReason
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.identity.members import MemberRepository, MemberView, Profile
from app.repositories.identity.sessions import SessionRepository
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True)
class Me:
    profile: Profile
    ownership: Ownership
    hold_ends_at: datetime | None
    cabinet_frozen_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownMember:
    """A member of the cabinet as its owner sees them."""

    member: Member
    status: MemberStatus
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberService:
    context: Context

    async def me(self, credentials: Credentials) -> Me:
        """Return who is signed in, for which organization, and whether it is proven theirs.

        The one company route that answers before ownership is proven: it names the ways out.

        :raises SessionEnded: the session has been ended.
        """
        now = self.context.clock.now()
        async with self.context.database.connect() as connection:
            caller, profile = await MemberView(connection).profile(credentials, now=now)
        if caller is None or profile is None:
            raise SessionEnded
        restraint = caller.restraint
        return Me(
            profile,
            ownership_at(now, proven_at=profile.ownership_proven_at),
            restraint.hold_ends_at(now),
            restraint.cabinet_frozen_at,
        )

    async def change_me(
        self, credentials: Credentials, changes: ProfileChanges, *, origin: Origin
    ) -> Me:
        """Let members say their name and the language in which SMS come; ownership is not asked.

        :raises SessionEnded: the session has been ended.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            alive(await CallerRepository(transaction).lock(credentials, now=now))
            member = await MemberRepository(transaction).lock(
                credentials.member_id, organization_id=credentials.organization_id
            )
            if member is None:
                raise SessionEnded
            if changed := member.introduce(changes):
                await AuditWriter.of_member(transaction, credentials, origin, now).record(
                    IdentityAction.PROFILE_CHANGED, subject_id=member.id, changed=changed
                )
        return await self.me(credentials)

    async def list_by_age(
        self, credentials: Credentials, *, limit: int, cursor: str | None
    ) -> Page[ShownMember]:
        """Show the owner who may sign in to the cabinet, and who is kept out of it.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"members:{credentials.organization_id}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).see(credentials, now=now)
            managing(caller)
            found = await MemberRepository(transaction).list_by_age(
                organization_id=credentials.organization_id,
                after=UUID(asked.after[0]) if asked.after else None,
                limit=asked.rows,
            )
        shown = [_shown(known.member, known.last_seen_at, now) for known in found]
        return asked.page(shown, lambda last: (str(last.member.id),))

    async def change(
        self,
        credentials: Credentials,
        member_id: UUID,
        changes: MemberChanges,
        *,
        origin: Origin,
    ) -> ShownMember:
        """Give a member another role, other limits, or keep them out for a while.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        On hold after a reset, or in a frozen cabinet, a member can be frozen and nothing else.

        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises NotFound: nobody in the cabinet.
        :raises AccountNotLinked: a limit to accounts that the cabinet does not show.
        :raises OwnerCannotBeChanged, ExpiresOnPassed: see `Member.change`.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = managing(await CallerRepository(transaction).lock(credentials, now=now))
            if changes != FREEZING:
                caller.restraint.require_may_change_who_gets_in(now)
            members = MemberRepository(transaction)
            member = await members.lock(member_id, organization_id=credentials.organization_id)
            if member is None:
                raise NotFound
            await members.require_linked(
                changes.get("account_ids"), organization_id=credentials.organization_id
            )
            if member.change(changes, now):
                await AuditWriter.of_member(transaction, credentials, origin, now).record(
                    IdentityAction.MEMBER_CHANGED, subject_id=member.id, **_told(changes)
                )
            last_seen_at = await members.last_seen(member)
        return _shown(member, last_seen_at, now)

    async def remove(self, credentials: Credentials, member_id: UUID, *, origin: Origin) -> None:
        """Take a member out of the cabinet: their sessions end with the commit (A7).

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises NotFound: nobody in the cabinet.
        :raises OwnerCannotBeRemoved:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = managing(await CallerRepository(transaction).lock(credentials, now=now))
            caller.restraint.require_may_change_who_gets_in(now)
            member = await MemberRepository(transaction).lock(
                member_id, organization_id=credentials.organization_id
            )
            if member is None:
                raise NotFound
            member.remove(now)
            await SessionRepository(transaction).end_all(
                member.id, EndReason.REMOVED, organization_id=member.organization_id, now=now
            )
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.MEMBER_REMOVED, subject_id=member.id
            )


def managing(caller: Caller | None) -> Caller:
    """Return the caller if they may manage members.

    :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
    """
    return permitted(caller, Permission.MANAGE_MEMBERS)


def _shown(member: Member, last_seen_at: datetime | None, now: datetime) -> ShownMember:
    return ShownMember(member, member.status(now), last_seen_at)


def _told(changes: MemberChanges) -> dict[str, Any]:
    """Return the changes as the audit trail keeps them: plain JSON."""
    told: dict[str, Any] = dict(changes)
    if account_ids := changes.get("account_ids"):
        told["account_ids"] = [str(account_id) for account_id in account_ids]
    if expires_on := changes.get("expires_on"):
        told["expires_on"] = expires_on.isoformat()
    return told
