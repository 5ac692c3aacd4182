from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.database import Transaction
from app.errors import NotFound
from app.identifiers import mask_phone
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.invitation import Invitation, InvitationProgress, Invitee
from app.models.identity.member import Member, require_day_to_come
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.invitations import InvitationRepository
from app.repositories.identity.members import MemberRepository
from app.security.cursors import Page
from app.services.context import Context
from app.services.messages.codes import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationService:
    """The owner's side of an invitation; `AcceptanceService` is the invited person's."""

    context: Context

    async def invite(
        self,
        credentials: Credentials,
        invitee: Invitee,
        *,
        origin: Origin,
        once: PendingAnswer[InvitationProgress] | None = None,
    ) -> InvitationProgress:
        """Offer somebody membership with a code by SMS to their phone.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises ExpiresOnPassed: their last day is over already.
        :raises AccountNotLinked: a limit to accounts that the cabinet does not show.
        :raises PhoneAlreadyUsed: the phone belongs to a member of this company.
        :raises TooManyAttempts: too many codes (O8, O9).
        """
        now = self.context.clock.now()
        require_day_to_come(invitee.expires_on, now)
        async with self.context.database.begin() as transaction:
            owner = await _inviting(transaction, credentials, invitee, now)
            invitation = Invitation.offer(invitee, by=owner, now=now)
            InvitationRepository(transaction).add(invitation)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.MEMBER_INVITED,
                subject_id=invitation.id,
                role=invitation.role,
                phone_masked=mask_phone(invitation.phone),
            )
            challenge = invitation.challenge(now)
            [message], standings = await Codes(transaction, now).send(
                challenge,
                locale=invitation.locale,
                uses=invitation.sending(self.context.limits, origin),
                facts=await MemberRepository(transaction).facts_of_invited(invitation),
            )
            progress = InvitationProgress(invitation, challenge, message, now, standings)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def list_newest(
        self, credentials: Credentials, *, limit: int, cursor: str | None
    ) -> Page[InvitationProgress]:
        """Show the owner whom the cabinet has invited, and what became of each invitation.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"invitations:{credentials.organization_id}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.begin() as transaction:
            caller = await CallerRepository(transaction).see(credentials, now=now)
            permitted(caller, Permission.MANAGE_MEMBERS)
            found = await InvitationRepository(transaction).list_newest(
                organization_id=credentials.organization_id,
                before=UUID(asked.after[0]) if asked.after else None,
                limit=asked.rows,
            )
        offers = [InvitationProgress(*offered, now) for offered in found]
        return asked.page(offers, lambda last: (str(last.subject.id),))

    async def withdraw(
        self, credentials: Credentials, invitation_id: UUID, *, origin: Origin
    ) -> None:
        """Withdraw an invitation: its code is refused from now on. Twice is as once.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: the caller's company has no such invitation.
        :raises InvitationClosed: accepted meanwhile; a member is removed instead.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = permitted(
                await CallerRepository(transaction).get(credentials, now=now),
                Permission.MANAGE_MEMBERS,
            )
            # Whoever accepts at the same moment locks the same row: one of the two comes first.
            invitation = await InvitationRepository(transaction).lock_of(
                invitation_id, organization_id=caller.organization_id
            )
            if invitation is None:
                raise NotFound
            if invitation.withdraw(now):
                await AuditWriter.of_member(transaction, credentials, origin, now).record(
                    IdentityAction.INVITATION_WITHDRAWN,
                    subject_id=invitation.id,
                    phone_masked=mask_phone(invitation.phone),
                )


async def _inviting(
    transaction: Transaction, credentials: Credentials, invitee: Invitee, now: datetime
) -> Member:
    """Return the owner who invites, if they may invite this person."""
    caller = permitted(
        await CallerRepository(transaction).get(credentials, now=now), Permission.MANAGE_MEMBERS
    )
    caller.restraint.require_may_change_who_gets_in(now)
    members = MemberRepository(transaction)
    owner = await members.get_one(caller)
    await members.require_linked(invitee.account_ids, organization_id=caller.organization_id)
    # A member of another company is invited like anybody: the answer tells nothing of them, and
    # the SMS tells them what to do.
    if await members.has_phone(invitee.phone, organization_id=caller.organization_id):
        raise PhoneAlreadyUsed
    return owner
