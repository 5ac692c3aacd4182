from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.errors import NotFound
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.invitation import InvitationClosed, InvitationProgress
from app.models.identity.password_policy import require_strong
from app.models.identity.session import Session
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.models.limits.hashing import hashing
from app.models.messages.code_challenge import Purpose
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.invitations import InvitationRepository
from app.repositories.identity.members import MemberRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.messages.code_challenges import CodeChallengeRepository
from app.security.passwords import PasswordHasher
from app.security.session_tokens import SessionTokens, Tokens
from app.services.context import Context
from app.services.messages.codes import Codes, guess


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceService:
    """The invited person's side of an invitation."""

    context: Context
    passwords: PasswordHasher
    session_tokens: SessionTokens

    async def resend(
        self,
        invitation_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[InvitationProgress] | None = None,
    ) -> InvitationProgress:
        """Send the same code again, with a fresh lifetime and no fresh guesses.

        :raises NotFound: there is no such invitation.
        :raises InvitationClosed: accepted, withdrawn, out of guesses, too old, or the owner may
            not let anybody in now.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: it, or another to this phone, was sent as often as it may be.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            challenge = await CodeChallengeRepository(transaction).lock(
                invitation_id, purpose=Purpose.INVITATION
            )
            found = await InvitationRepository(transaction).get(invitation_id)
            if found is None or challenge is None:
                raise NotFound
            invitation = found[0]
            await _require_open(MemberRepository(transaction), invitation.organization_id, now)
            if challenge.is_spent(now):
                raise InvitationClosed
            invitation.require_waiting(now)
            [message], standings = await Codes(transaction, now).resend(
                challenge,
                locale=invitation.locale,
                uses=invitation.sending(self.context.limits, origin),
                facts=await MemberRepository(transaction).facts_of_invited(invitation),
            )
            progress = InvitationProgress(invitation, challenge, message, now, standings)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def accept(
        self,
        invitation_id: UUID,
        *,
        code: str,
        password: str,
        origin: Origin,
        once: PendingAnswer[Tokens] | None = None,
    ) -> Tokens:
        """Add the invited person as a member, and sign them in.

        :raises NotFound: there is no such invitation.
        :raises PasswordTooWeak: looked at first; costs no guess.
        :raises CodeRejected: with the guesses that are left.
        :raises TooManyAttempts: too many wrong codes for this phone in a day (O2).
        :raises InvitationClosed: withdrawn, too old, the last day is over, or the owner may not
            let anybody in now.
        :raises PhoneAlreadyUsed: the phone became somebody's meanwhile.
        :raises Busy: too many passwords are being hashed.
        """
        organization_id = await self._require_strong(password, invitation_id)
        now = self.context.clock.now()
        challenge = await guess(self.context, invitation_id, Purpose.INVITATION, code, now=now)
        # Hashing takes longer than all else together, so no connection is held meanwhile.
        password_hash = await self.passwords.hash(password, asker=hashing(invitation_id, origin))
        async with self.context.database.begin() as transaction:
            members = MemberRepository(transaction)
            # The owner first, as in everything the owner does about an invitation.
            await _require_open(members, organization_id, now)
            await Codes(transaction, now).use(challenge)
            invitation = await InvitationRepository(transaction).lock(invitation_id)
            invitation.require_waiting(now)
            member = invitation.accept(password_hash=password_hash, now=now)
            if not await members.add(member):
                raise PhoneAlreadyUsed
            started, tokens = Session.start(
                member, session_tokens=self.session_tokens, origin=origin, now=now
            )
            SessionRepository(transaction).add(started)
            await AuditWriter.of_member(transaction, started.credentials, origin, now).record(
                IdentityAction.MEMBER_JOINED, subject_id=invitation.id
            )
            await IdempotencyKeyRepository(transaction).settle(once, tokens)
        return tokens

    async def _require_strong(self, password: str, invitation_id: UUID) -> UUID:
        """Return which company invites, if the password is strong enough for it."""
        async with self.context.database.begin() as transaction:
            invitations = InvitationRepository(transaction)
            found = await invitations.get(invitation_id)
            if found is None:
                raise NotFound
            tax_id = await invitations.tax_id(found[0])
        require_strong(password, identifiers=(found[0].phone, tax_id), pointer="/password")
        return found[0].organization_id


async def _require_open(members: MemberRepository, organization_id: UUID, now: datetime) -> None:
    """Let pass an invitation whose cabinet may let somebody in.

    While the owner is on hold, or the cabinet is frozen, nobody joins: the invitation may have
    been the work of whoever made the owner reset the password. The answer tells the invited
    person no more than that of a withdrawn invitation.

    :raises InvitationClosed:
    """
    owner = await members.hold_owner(organization_id)
    if owner is None or not owner.restraint.may_change_who_gets_in(now):
        raise InvitationClosed
