from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, func, select, text, update

from app.access import Caller, Credentials, Role
from app.models.customers.account_link import AccountLink
from app.models.identity.invitation import Invitation
from app.models.identity.member import AccountNotLinked, Member
from app.models.identity.reset_cleanup import EndedAtReset
from app.models.identity.session import Session
from app.models.messages.message import OPENS_NOTHING
from app.repositories.base import Repository
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A member as they see themselves."""

    member_id: UUID
    full_name: str | None
    phone: str
    role: str
    locale: str
    tax_id: str
    organization_name: str
    linked_accounts: int
    available_accounts: int
    meters: int
    ownership_proven_at: datetime | None
    ended_at_reset: EndedAtReset | None


PROFILE: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, m.full_name, m.phone, m.role, m.locale, o.tax_id,
       CAST(m.ended_at_reset AS text) AS ended_at_reset, o.ownership_proven_at,
       o.name AS organization_name, counted.accounts AS linked_accounts, counted.meters,
       (SELECT count(*) FROM accounts a WHERE a.organization_id = o.id
           AND caller.account_ids IS NULL
           AND NOT EXISTS (SELECT FROM account_links l WHERE l.organization_id = o.id
                              AND l.account_id = a.id AND l.ended_at IS NULL)
       ) AS available_accounts
  FROM caller
  JOIN members m ON m.organization_id = caller.organization_id AND m.id = caller.member_id
  JOIN organizations o ON o.id = caller.organization_id
 CROSS JOIN LATERAL (
    SELECT count(DISTINCT l.account_id) AS accounts, count(d.id) AS meters
      FROM linked l
      LEFT JOIN metering_points p ON p.organization_id = l.account_organization_id
       AND p.account_id = l.account_id AND p.valid_to IS NULL
      LEFT JOIN meters d ON d.organization_id = p.organization_id
       AND d.metering_point_id = p.id AND d.removed_on IS NULL
  ) counted
""").bindparams(*caller_binds())  # noqa: S608 - made of constants, values are bound
)


class MemberView(CallerView):
    async def profile(
        self, credentials: Credentials, *, now: datetime
    ) -> tuple[Caller | None, Profile | None]:
        """Return the caller and what they are shown of themselves."""
        caller, rows = await self._ask(PROFILE, credentials, now=now)
        if caller is None:
            return None, None
        row = rows[0]
        profile = Profile(
            member_id=row.caller_member_id,
            full_name=row.full_name,
            phone=row.phone,
            role=row.role,
            locale=row.locale,
            tax_id=row.tax_id,
            organization_name=row.organization_name,
            linked_accounts=row.linked_accounts,
            available_accounts=row.available_accounts,
            meters=row.meters,
            ownership_proven_at=row.ownership_proven_at,
            ended_at_reset=EndedAtReset.read(row.ended_at_reset),
        )
        return caller, profile


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member of a cabinet, and when any of their sessions was last used."""

    member: Member
    last_seen_at: datetime | None


_LAST_SEEN: Final = (
    select(func.max(Session.last_seen_at))
    .where(
        Session.organization_id == Member.organization_id,
        Session.member_id == Member.id,
    )
    .scalar_subquery()
)


class MemberRepository(Repository):
    async def list_by_age(
        self, *, organization_id: UUID, after: UUID | None, limit: int
    ) -> list[KnownMember]:
        """Return the members of a cabinet, those who joined first before the others."""
        statement = (
            select(Member, _LAST_SEEN)
            .where(Member.organization_id == organization_id, Member.removed_at.is_(None))
            .order_by(Member.id)
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(Member.id > after)
        rows = await self._session.execute(statement)
        return [KnownMember(member, last_seen_at) for member, last_seen_at in rows]

    async def get_one(self, caller: Caller) -> Member:
        """Return the member who is asking."""
        return await self._session.get_one(Member, (caller.organization_id, caller.member_id))

    async def has_phone(self, phone: str, *, organization_id: UUID | None = None) -> bool:
        """Tell whether the phone belongs to a member of this company, or else of whatever one."""
        used = exists().where(Member.phone == phone, Member.removed_at.is_(None))
        if organization_id is not None:
            used = used.where(Member.organization_id == organization_id)
        return bool(await self._session.scalar(select(used)))

    async def facts_of_invited(self, invitation: Invitation) -> dict[str, Any]:
        """Return what the SMS says besides: whether the phone is another company's member's."""
        elsewhere = exists().where(
            Member.phone == invitation.phone,
            Member.removed_at.is_(None),
            Member.organization_id != invitation.organization_id,
        )
        return {OPENS_NOTHING: bool(await self._session.scalar(select(elsewhere)))}

    async def add(self, member: Member) -> bool:
        """Add a member; False when the phone belongs to somebody already."""
        return await self._insert(member)

    async def lock(self, member_id: UUID, *, organization_id: UUID) -> Member | None:
        return await self._session.scalar(
            select(Member)
            .where(
                Member.organization_id == organization_id,
                Member.id == member_id,
                Member.removed_at.is_(None),
            )
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def hold_owner(self, organization_id: UUID) -> Member | None:
        """Return the owner of a cabinet; until the transaction ends no hold or freeze begins."""
        return await self._session.scalar(
            select(Member)
            .where(
                Member.organization_id == organization_id,
                Member.role == Role.OWNER,
                Member.removed_at.is_(None),
            )
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )

    async def set_cabinet_frozen(self, organization_id: UUID, since: datetime | None) -> None:
        """Freeze or unfreeze all members of a cabinet but the owner.

        The caller has locked the owner; whoever writes at the moment is waited for.
        """
        await self._session.execute(
            update(Member)
            .where(Member.organization_id == organization_id, Member.removed_at.is_(None))
            .values(cabinet_frozen_at=since)
        )

    async def last_seen(self, member: Member) -> datetime | None:
        return await self._session.scalar(
            select(func.max(Session.last_seen_at)).where(
                Session.organization_id == member.organization_id,
                Session.member_id == member.id,
            )
        )

    async def require_linked(
        self, account_ids: Sequence[UUID] | None, *, organization_id: UUID
    ) -> None:
        """Let pass accounts that the cabinet shows.

        :raises AccountNotLinked: some are not, or do not exist: the same answer.
        """
        if account_ids is None:
            return
        linked = await self._session.scalars(
            select(AccountLink.account_id).where(
                AccountLink.organization_id == organization_id,
                AccountLink.account_id.in_(account_ids),
                AccountLink.ended_at.is_(None),
            )
        )
        known = set(linked)
        if unknown := [n for n, account_id in enumerate(account_ids) if account_id not in known]:
            raise AccountNotLinked(unknown)
