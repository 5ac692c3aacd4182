from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Integer,
    LargeBinary,
    Uuid,
    bindparam,
    false,
    func,
    literal,
    select,
    text,
    update,
)

from app.access import Caller, Credentials, Role
from app.models.base import new_id
from app.models.customers.account import Account
from app.models.customers.account_link import AccountLink
from app.models.identity.calendar_link import ENDS_CALENDAR_LINK
from app.models.identity.member import Member
from app.models.identity.session import (
    CABINETS_OF_A_NUMBER,
    DOUBTFUL,
    HARMLESS,
    KNOWN_FOR,
    LONG_KNOWN,
    MOST_SESSIONS,
    EndReason,
    Session,
    ShownSession,
)
from app.models.limits.devices import KnownDevice
from app.repositories.base import Repository
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement
from app.repositories.identity.calendar_links import CalendarLinkRepository
from app.security.session_tokens import DeviceMark

_MEMBER_BY_PHONE: Final = select(Member).where(
    Member.phone == bindparam("phone"), Member.removed_at.is_(None)
)
_OWNERS_BY_ACCOUNT: Final = (
    select(Member)
    .join(AccountLink, AccountLink.organization_id == Member.organization_id)
    .join(
        Account,
        (Account.organization_id == AccountLink.account_organization_id)
        & (Account.id == AccountLink.account_id),
    )
    .where(
        Account.account_number == bindparam("account_number"),
        AccountLink.ended_at.is_(None),
        Member.role == Role.OWNER,
        Member.removed_at.is_(None),
    )
)
_KEEPS_ITS_DEVICE: Final = Session.ended_at.is_(None) | Session.end_reason.in_(sorted(HARMLESS))
"""A session that makes its device one that the member knows."""
_RECOVERS: Final = Session.end_reason.in_(sorted(DOUBTFUL)) & (
    Session.ended_at - Session.created_at >= LONG_KNOWN
)
"""A session that leaves its device a share of its own to recover with."""
_IS_OWN: Final = Account.organization_id == AccountLink.organization_id
_OWNER_BY_ACCOUNT: Final = _OWNERS_BY_ACCOUNT.where(_IS_OWN)
_CANDIDATES_BY_ACCOUNT: Final = _OWNERS_BY_ACCOUNT.order_by(
    _IS_OWN.desc(), AccountLink.linked_at, AccountLink.id
).limit(CABINETS_OF_A_NUMBER)


class SessionRepository(Repository):
    def add(self, session: Session) -> None:
        self._session.add(session)

    async def owner_of_account(self, account_number: str) -> Member | None:
        """Return the owner whose own cabinet shows the account."""
        return await self._session.scalar(_OWNER_BY_ACCOUNT, {"account_number": account_number})

    async def owners_who_show(self, account_number: str) -> list[Member | None]:
        """Return whoever may sign in by an account, its own company first; nobody fills up.

        As many for every number, whether or not anybody has it (A3).
        """
        found = await self._session.scalars(
            _CANDIDATES_BY_ACCOUNT, {"account_number": account_number}
        )
        owners: list[Member | None] = list(found)
        return owners + [None] * (CABINETS_OF_A_NUMBER - len(owners))

    async def member_with_phone(self, phone: str) -> Member | None:
        return await self._session.scalar(_MEMBER_BY_PHONE, {"phone": phone})

    async def known_device(
        self, member: Member | None, mark: DeviceMark, *, now: datetime, recovers: bool = False
    ) -> KnownDevice | None:
        """Return the device if this member has used it lately; nobody has used any.

        To recover, a device is enough whose session was ended after it had lasted long; it must
        have its token. The same statement runs when there is no member, so that its time tells
        nothing.
        """
        token_hash = literal(mark.token_hash, LargeBinary)
        by_token = func.coalesce(Session.device_hash == token_hash, false())
        keeps = _KEEPS_ITS_DEVICE | (by_token & _RECOVERS) if recovers else _KEEPS_ITS_DEVICE
        by_looks = (Session.address == mark.address) & (Session.device == mark.agent)
        is_proven = await self._session.scalar(
            select(by_token)
            .where(
                Session.organization_id == (member.organization_id if member else new_id()),
                Session.member_id == (member.id if member else new_id()),
                by_token | by_looks,
                Session.last_seen_at > now - KNOWN_FOR,
                keeps,
            )
            .order_by(by_token.desc())
            .limit(1)
        )
        if member is None or is_proven is None:
            return None
        looks = f"{mark.address} {mark.agent}"
        by_what = mark.token_hash.hex() if is_proven and mark.token_hash else looks
        return KnownDevice(f"{member.id} {by_what}", is_proven=is_proven)

    async def lock(self, session_id: UUID, *, organization_id: UUID) -> Session | None:
        return await self._session.scalar(
            select(Session)
            .where(Session.organization_id == organization_id, Session.id == session_id)
            .with_for_update(key_share=True)
        )

    async def end(self, session: Session, reason: EndReason, *, now: datetime) -> None:
        """End a session; what made its device known as the member's may be undone by it."""
        session.end(reason, now)
        if reason in HARMLESS:
            return
        # Whoever holds one of them ends all of the member's sessions, and may wait for this one.
        on_this_device = (
            select(Session.id)
            .where(
                Session.organization_id == session.organization_id,
                Session.member_id == session.member_id,
                Session.id != session.id,
                Session.ended_at.is_not(None),
                (Session.device_hash == literal(session.device_hash, LargeBinary))
                | (Session.address == session.address) & (Session.device == session.device),
            )
            .with_for_update(skip_locked=True)
        )
        await self._session.execute(
            update(Session)
            .where(
                Session.organization_id == session.organization_id, Session.id.in_(on_this_device)
            )
            .values(end_reason=reason)
            .execution_options(synchronize_session=False)
        )

    async def end_all(
        self,
        member_id: UUID,
        reason: EndReason,
        *,
        organization_id: UUID,
        now: datetime,
        but: UUID | None = None,
    ) -> int:
        """End every session of a member, but perhaps the one that asks for it (A7).

        The devices of those that had ended before are known no more either. Return how many ended.
        """
        others = (
            (Session.organization_id == organization_id)
            & (Session.member_id == member_id)
            & Session.id.is_distinct_from(but)
        )
        ended = await self._session.scalars(
            update(Session)
            .where(others, Session.ended_at.is_(None))
            .values(ended_at=now, end_reason=reason)
            .returning(Session.id)
        )
        await self._session.execute(
            update(Session).where(others, _KEEPS_ITS_DEVICE).values(end_reason=reason)
        )
        if reason in ENDS_CALENDAR_LINK:
            await CalendarLinkRepository(self._session).remove(organization_id, member_id)
        return len(ended.all())

    async def crowd_out(self, newest: Session, *, now: datetime) -> Sequence[UUID]:
        """End the oldest sessions beyond the most that a member may have; return which.

        Within `hold_password`, so that sign-ins at the same time do not count past each other.
        """
        others = (
            select(Session.id)
            .where(
                Session.organization_id == newest.organization_id,
                Session.member_id == newest.member_id,
                Session.id != newest.id,
                Session.ended_at.is_(None),
                Session.expires_at > now,
            )
            .order_by(Session.id.desc())
            .offset(MOST_SESSIONS - 1)
        )
        ended = await self._session.scalars(
            update(Session)
            .where(Session.organization_id == newest.organization_id, Session.id.in_(others))
            .values(ended_at=now, end_reason=EndReason.CROWDED_OUT)
            .returning(Session.id)
            .execution_options(synchronize_session=False)
        )
        return ended.all()

    async def member(self, member_id: UUID, *, organization_id: UUID) -> Member | None:
        return await self._session.get(Member, (organization_id, member_id))

    async def hold_password(self, member: Member, renewed: str | None) -> bool:
        """Keep the verified password from being replaced until the transaction ends.

        Sign-ins of one member wait here for each other: each must see the sessions of the last.
        With `renewed`, a hash of the same password by today's parameters is stored. False when
        another password has been set since the member was read.
        """
        is_unchanged = (
            (Member.organization_id == member.organization_id)
            & (Member.id == member.id)
            & (Member.password_hash == member.password_hash)
        )
        if renewed is None:
            statement = select(Member.id).where(is_unchanged).with_for_update(key_share=True)
            return await self._session.scalar(statement) is not None
        changed = update(Member).where(is_unchanged).values(password_hash=renewed)
        return await self._session.scalar(changed.returning(Member.id)) is not None


_OWN: Final = DirectStatement(
    text(f"""
WITH {CALLER}
SELECT {CALLER_COLUMNS}, s.id, s.device, s.address, s.created_at, s.last_seen_at
  FROM caller
  LEFT JOIN LATERAL (
    SELECT s.* FROM sessions s
     WHERE s.organization_id = caller.organization_id AND s.member_id = caller.member_id
       AND s.ended_at IS NULL AND s.expires_at > :caller_now
       AND (CAST(:after AS uuid) IS NULL OR s.id < :after)
     ORDER BY s.id DESC LIMIT :limit
  ) s ON true
 ORDER BY s.id DESC
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(), bindparam("after", type_=Uuid), bindparam("limit", type_=Integer)
    )
)


class SessionView(CallerView):
    async def list_by_age(
        self, *, after: UUID | None, limit: int, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, list[ShownSession]]:
        """Return the caller and the sessions in which they are signed in, newest first."""
        caller, rows = await self._ask(_OWN, credentials, now=now, after=after, limit=limit)
        shown = [
            ShownSession(
                id=row.id,
                device=row.device,
                address=row.address,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                is_current=row.id == credentials.session_id,
            )
            for row in rows
            if row.id is not None
        ]
        return caller, shown
