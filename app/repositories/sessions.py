from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, update

from app.access import Role
from app.clock import kyiv_date
from app.models import Account, AccountLink, Member, Session, new_id
from app.origin import Origin
from app.repositories.base import Repository

_MEMBER_BY_PHONE: Final = select(Member).where(
    Member.phone == bindparam("phone"), Member.removed_at.is_(None)
)
_OWNER_BY_ACCOUNT: Final = (
    select(Member)
    .join(AccountLink, AccountLink.organization_id == Member.organization_id)
    .join(
        Account,
        (Account.organization_id == AccountLink.account_organization_id)
        & (Account.id == AccountLink.account_id),
    )
    .where(
        Account.account_number == bindparam("account_number"),
        Account.organization_id == AccountLink.organization_id,
        AccountLink.ended_at.is_(None),
        Member.role == Role.OWNER,
        Member.removed_at.is_(None),
    )
)


class SessionRepository(Repository):
    def add(self, session: Session) -> None:
        self._session.add(session)

    async def owner_of_account(self, account_number: str) -> Member | None:
        """Return the owner whose own cabinet shows the account."""
        return await self._session.scalar(_OWNER_BY_ACCOUNT, {"account_number": account_number})

    async def member_with_phone(self, phone: str) -> Member | None:
        return await self._session.scalar(_MEMBER_BY_PHONE, {"phone": phone})

    async def known_device(
        self, member: Member | None, origin: Origin, *, since: datetime
    ) -> str | None:
        """Return a name for the device if this member has used it lately; nobody has used any.

        The same statement runs when there is no member, so that its time tells nothing.
        """
        found = await self._session.scalar(
            select(Session.id)
            .where(
                Session.organization_id == (member.organization_id if member else new_id()),
                Session.member_id == (member.id if member else new_id()),
                Session.address == origin.address,
                Session.device == origin.device,
                Session.last_seen_at > since,
            )
            .limit(1)
        )
        if found is None or member is None:
            return None
        return f"{member.id} {origin.address} {origin.device}"

    async def lock(self, session_id: UUID, *, organization_id: UUID) -> Session | None:
        return await self._session.scalar(
            select(Session)
            .where(Session.organization_id == organization_id, Session.id == session_id)
            .with_for_update()
        )

    async def has_member(self, session: Session, *, now: datetime) -> bool:
        """Tell whether the session's member is still one who is let in."""
        found = await self._session.scalar(
            select(Member.id).where(
                Member.organization_id == session.organization_id,
                Member.id == session.member_id,
                Member.removed_at.is_(None),
                Member.frozen_at.is_(None),
                Member.expires_on.is_(None) | (Member.expires_on >= kyiv_date(now)),
            )
        )
        return found is not None

    async def end_all(
        self,
        member_id: UUID,
        *,
        organization_id: UUID,
        now: datetime,
        but: UUID | None = None,
    ) -> None:
        """End every session of a member, but perhaps the one that asks for it (A7)."""
        await self._session.execute(
            update(Session)
            .where(
                Session.organization_id == organization_id,
                Session.member_id == member_id,
                Session.ended_at.is_(None),
                Session.id.is_distinct_from(but),
            )
            .values(ended_at=now)
        )

    async def replace_password_hash(self, member: Member, password_hash: str) -> None:
        await self._session.execute(
            update(Member)
            .where(
                Member.organization_id == member.organization_id,
                Member.id == member.id,
                # Somebody may have changed the password meanwhile: theirs stays.
                Member.password_hash == member.password_hash,
            )
            .values(password_hash=password_hash)
        )
