from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select, update

from app.access import Role
from app.identifiers import mask_phone
from app.models.audit_actions import Action
from app.models.audit_event import AuditEvent
from app.models.customers.account_link import AccountLink
from app.models.customers.actions import CustomerAction
from app.models.customers.organization import Organization
from app.models.identity.actions import IdentityAction
from app.models.identity.invitation import Invitation
from app.models.identity.member import Member
from app.models.identity.password_reset import PasswordReset
from app.models.identity.phone_change import PhoneChange
from app.models.identity.reset_cleanup import MOST_SHOWN, Ended, EndedAtReset, EndedKind
from app.models.messages.code_challenge import CodeChallenge
from app.repositories.audit_events import AuditWriter
from app.repositories.base import Repository
from app.restraints import HOLD_AFTER_RESET

MADE_ON_HOLD: Final = "made_on_hold"
"""Why a reset ended something, as the audit trail says it."""


@dataclass(frozen=True, slots=True)
class _During:
    """The hold of an owner."""

    owner: Member
    since: datetime

    @property
    def until(self) -> datetime:
        return self.since + HOLD_AFTER_RESET


class RecoveryRepository(Repository):
    """Ends what was made in a cabinet while its owner was on hold.

    The caller has locked the member.
    """

    async def end_requests(self, member: Member, *, now: datetime) -> None:
        """End what the member has under way: invitations, password resets and phone changes."""
        await self._session.execute(
            update(Invitation)
            .where(
                Invitation.organization_id == member.organization_id,
                Invitation.invited_by == member.id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        await self._session.execute(
            update(PasswordReset)
            .where(
                PasswordReset.organization_id == member.organization_id,
                PasswordReset.member_id == member.id,
                PasswordReset.completed_at.is_(None),
            )
            .values(completed_at=now)
        )
        changes = select(PhoneChange.id).where(
            PhoneChange.organization_id == member.organization_id,
            PhoneChange.member_id == member.id,
            PhoneChange.confirmed_at.is_(None),
        )
        await self._session.execute(
            update(CodeChallenge)
            .where(CodeChallenge.subject_id.in_(changes), CodeChallenge.used_at.is_(None))
            .values(used_at=now)
        )

    async def begin_hold(self, member: Member, *, now: datetime) -> None:
        """Keep the member from changing who gets in, and end what was made on an earlier hold.

        Nothing can be made on hold today. Rows from before that rule, and a gap in it, end here.
        """
        ended = await self._end_made_on_hold(member, now)
        member.ended_at_reset = ended.plain() if ended else None
        member.password_reset_at = now

    async def _end_made_on_hold(self, owner: Member, now: datetime) -> EndedAtReset | None:
        if owner.password_reset_at is None or owner.role != Role.OWNER:
            return None
        made = _During(owner, since=owner.password_reset_at)
        ended = chain(
            await self._end_links(made, now),
            await self._freeze_members(made, now),
            await self._withdraw_invitations(made, now),
        )
        items = tuple(islice(ended, MOST_SHOWN))
        return EndedAtReset(now, items) if items else None

    async def _note(
        self,
        action: Action,
        organization_id: UUID,
        subject_id: UUID,
        now: datetime,
        **details: Any,
    ) -> None:
        trail = AuditWriter.of_nobody(self._session, organization_id, now)
        await trail.record(action, subject_id=subject_id, because=MADE_ON_HOLD, **details)

    async def _end_links(self, made: _During, now: datetime) -> Iterable[Ended]:
        found = await self._session.execute(
            update(AccountLink)
            .where(
                AccountLink.account_organization_id == made.owner.organization_id,
                AccountLink.organization_id != made.owner.organization_id,
                AccountLink.ended_at.is_(None),
                AccountLink.linked_at >= made.since,
                AccountLink.linked_at < made.until,
                Organization.id == AccountLink.organization_id,
            )
            .values(ended_at=now)
            .returning(
                AccountLink.id,
                AccountLink.account_id,
                AccountLink.organization_id,
                Organization.tax_id,
            )
        )
        ended = []
        for link_id, account_id, holder_id, tax_id in found:
            await self._note(
                CustomerAction.ACCOUNT_UNSHARED, made.owner.organization_id, account_id, now
            )
            await self._note(CustomerAction.ACCOUNT_UNLINKED, holder_id, account_id, now)
            ended.append(Ended(EndedKind.ACCOUNT_LINK, link_id, tax_id))
        return ended

    async def _freeze_members(self, made: _During, now: datetime) -> Iterable[Ended]:
        """Freeze who joined or was given more; the owner can lift it."""
        given_more = select(AuditEvent.subject_id).where(
            AuditEvent.organization_id == made.owner.organization_id,
            AuditEvent.action == IdentityAction.MEMBER_CHANGED.value,
            AuditEvent.member_id == made.owner.id,
            AuditEvent.happened_at >= made.since,
            AuditEvent.happened_at < made.until,
            AuditEvent.details != {"is_frozen": True},
        )
        found = await self._session.execute(
            update(Member)
            .where(
                Member.organization_id == made.owner.organization_id,
                Member.role != Role.OWNER,
                Member.removed_at.is_(None),
                Member.frozen_at.is_(None),
                or_(
                    (Member.created_at >= made.since) & (Member.created_at < made.until),
                    Member.id.in_(given_more),
                ),
            )
            .values(frozen_at=now)
            .returning(Member.id, Member.phone)
        )
        ended = []
        for member_id, phone in found:
            company = made.owner.organization_id
            await self._note(IdentityAction.MEMBER_CHANGED, company, member_id, now, is_frozen=True)
            ended.append(Ended(EndedKind.MEMBER, member_id, mask_phone(phone)))
        return ended

    async def _withdraw_invitations(self, made: _During, now: datetime) -> Iterable[Ended]:
        found = await self._session.execute(
            update(Invitation)
            .where(
                Invitation.organization_id == made.owner.organization_id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
                Invitation.created_at >= made.since,
                Invitation.created_at < made.until,
            )
            .values(withdrawn_at=now)
            .returning(Invitation.id, Invitation.phone)
        )
        ended = []
        for invitation_id, phone in found:
            await self._note(
                IdentityAction.INVITATION_WITHDRAWN, made.owner.organization_id, invitation_id, now
            )
            ended.append(Ended(EndedKind.INVITATION, invitation_id, mask_phone(phone)))
        return ended
