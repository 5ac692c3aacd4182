from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from app.access import Credentials, proven
from app.database import Transaction
from app.errors import NotFound
from app.identifiers import mask_phone
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.member import CurrentPasswordRejected, Member
from app.models.identity.phone_change import BOTH, PhoneChange, PhoneChangeClosed
from app.models.identity.session import EndReason
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.models.limits.hashing import hashing
from app.models.limits.kinds import LimitState, require
from app.models.messages.code_challenge import (
    CodeChallenge,
    judge,
)
from app.models.messages.message import Message, Notice
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.members import MemberRepository
from app.repositories.identity.phone_changes import PhoneChangeRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.code_challenges import CodeChallengeRepository
from app.repositories.messages.messages import MessageRepository
from app.security.passwords import PasswordHasher
from app.services.context import Context
from app.services.messages.codes import Codes

Letter = tuple[CodeChallenge, Message]
"""A code and the message that carries it."""


@dataclass(frozen=True, slots=True)
class PhoneChangeProgress:
    """A change of phone, with the codes on their way to the old phone and to the new one."""

    change: PhoneChange
    old: Letter
    new: Letter
    standings: tuple[LimitState, ...]

    @classmethod
    def of(
        cls,
        change: PhoneChange,
        challenges: Sequence[CodeChallenge],
        messages: Sequence[Message],
        standings: tuple[LimitState, ...],
    ) -> Self:
        old, new = zip(challenges, messages, strict=True)
        return cls(change, old, new, standings)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChangeService:
    context: Context
    passwords: PasswordHasher

    async def start(
        self,
        credentials: Credentials,
        *,
        new_phone: str,
        current_password: str,
        origin: Origin,
        once: PendingAnswer[PhoneChangeProgress] | None = None,
    ) -> PhoneChangeProgress:
        """Put two codes on their way: whoever has one of the phones only, changes nothing.

        :raises SessionEnded, OwnershipPending: see `proven`.
        :raises CurrentPasswordRejected: whoever holds the device does not know the password.
        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises PhoneAlreadyUsed: the phone belongs to a member, of whatever company.
        :raises TooManyAttempts: too many wrong passwords, or codes (O8, O9).
        :raises Busy: too many passwords are being hashed.
        """
        now = self.context.clock.now()
        stored = await self._admit(credentials, current_password, new_phone, origin, now)
        async with self.context.database.begin() as transaction:
            caller = proven(await CallerRepository(transaction).get(credentials, now=now))
            members = MemberRepository(transaction)
            member = await members.get_one(caller)
            if member.password_hash != stored:
                raise CurrentPasswordRejected
            caller.restraint.require_may_change_who_gets_in(now)
            if await members.has_phone(new_phone):
                raise PhoneAlreadyUsed
            change = PhoneChange.wish(member, new_phone=new_phone, now=now)
            PhoneChangeRepository(transaction).add(change)
            old, new = change.challenges(member, now)
            messages, standings = await Codes(transaction, now).send(
                old,
                new,
                locale=member.locale,
                uses=self.context.limits.sending_both(
                    old_phone=member.phone, new_phone=new_phone, address=origin.address
                ),
            )
            progress = PhoneChangeProgress.of(change, (old, new), messages, standings)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def resend(
        self,
        credentials: Credentials,
        change_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[PhoneChangeProgress] | None = None,
    ) -> PhoneChangeProgress:
        """Send the same codes to both phones again, with a fresh lifetime and no fresh guesses.

        :raises SessionEnded, OwnershipPending: see `proven`.
        :raises NotFound: the caller has asked for no such change.
        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises PhoneChangeClosed: confirmed, out of guesses, too old, or the phone is another.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: they, or others, were sent as often as they may be.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = proven(await CallerRepository(transaction).get(credentials, now=now))
            caller.restraint.require_may_change_who_gets_in(now)
            change = await PhoneChangeRepository(transaction).lock(change_id, caller=caller)
            if change is None:
                raise NotFound
            change.require_waiting(now)
            member = await MemberRepository(transaction).get_one(caller)
            old, new = await CodeChallengeRepository(transaction).lock_all(change.id, BOTH)
            if old.is_spent(now) or new.is_spent(now) or old.phone != member.phone:
                raise PhoneChangeClosed
            messages, standings = await Codes(transaction, now).resend(
                old,
                new,
                locale=member.locale,
                uses=self.context.limits.sending_both(
                    old_phone=old.phone, new_phone=new.phone, address=origin.address
                ),
            )
            progress = PhoneChangeProgress.of(change, (old, new), messages, standings)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def confirm(
        self,
        credentials: Credentials,
        change_id: UUID,
        *,
        old_phone_code: str,
        new_phone_code: str,
        origin: Origin,
        once: PendingAnswer[None] | None = None,
    ) -> None:
        """Replace the phone; the other sessions end at commit, and the old phone is told (A7).

        :raises SessionEnded, OwnershipPending: see `proven`.
        :raises NotFound: the caller has asked for no such change.
        :raises CodeRejected: one or both are wrong, never says which; with the guesses left.
        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises PhoneChangeClosed: the phone was changed in another way meanwhile.
        :raises PhoneAlreadyUsed: the phone became somebody's meanwhile.
        :raises TooManyAttempts: too many wrong codes for one of the phones in a day (O2).
        """
        now = self.context.clock.now()
        old, new = await self._judge(credentials, change_id, (old_phone_code, new_phone_code), now)
        async with self.context.database.begin() as transaction:
            caller = proven(await CallerRepository(transaction).lock(credentials, now=now))
            changes = PhoneChangeRepository(transaction)
            change = await changes.lock(change_id, caller=caller)
            await Codes(transaction, now).use(old, new)
            member = await MemberRepository(transaction).lock(
                caller.member_id, organization_id=caller.organization_id
            )
            if change is None or member is None or member.phone != old.phone:
                raise PhoneChangeClosed
            caller.restraint.require_may_change_who_gets_in(now)
            if not await changes.replace_phone(member, change.new_phone):
                raise PhoneAlreadyUsed
            change.confirmed_at = now
            await self._leave(transaction, old.phone, member, but=credentials.session_id, now=now)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.PHONE_CHANGED,
                subject_id=member.id,
                old_phone_masked=mask_phone(old.phone),
                new_phone_masked=mask_phone(new.phone),
            )
            await IdempotencyKeyRepository(transaction).settle(once, None)

    async def _admit(
        self,
        credentials: Credentials,
        current_password: str,
        new_phone: str,
        origin: Origin,
        now: datetime,
    ) -> str:
        """Let pass who knows the password, and return its hash; count before anybody judges."""
        async with self.context.database.begin() as transaction:
            caller = proven(await CallerRepository(transaction).get(credentials, now=now))
            caller.restraint.require_may_change_who_gets_in(now)
            member = await MemberRepository(transaction).get_one(caller)
            failure = self.context.limits.saying_password(member.id)
            require(await LimitRepository(transaction).take(failure, now=now))
            stored = member.password_hash
        # Hashing takes longer than all else together, so no connection is held meanwhile.
        asker = hashing(credentials.member_id, origin)
        if not await self.passwords.verify(current_password, stored, asker=asker):
            raise CurrentPasswordRejected
        async with self.context.database.begin() as transaction:
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.PHONE_CHANGE_ASKED,
                subject_id=credentials.member_id,
                new_phone_masked=mask_phone(new_phone),
            )
            await LimitRepository(transaction).give_back(failure)
            # Committed before anybody looks: the answer tells whether the phone is a customer's.
            asked = self.context.limits.asking_whose_phone(credentials.organization_id)
            require(await LimitRepository(transaction).take([asked], now=now))
        return stored

    async def _leave(
        self, transaction: Transaction, old_phone: str, member: Member, *, but: UUID, now: datetime
    ) -> None:
        """End the member's sessions but one, and tell the old phone: `sending_both` has paid."""
        await SessionRepository(transaction).end_all(
            member.id,
            EndReason.PHONE_CHANGED,
            organization_id=member.organization_id,
            now=now,
            but=but,
        )
        await MessageRepository(transaction).queue(_news(member, phone=old_phone, now=now))

    async def _judge(
        self, credentials: Credentials, change_id: UUID, codes: tuple[str, str], now: datetime
    ) -> tuple[CodeChallenge, CodeChallenge]:
        async with self.context.database.begin() as transaction:
            caller = proven(await CallerRepository(transaction).get(credentials, now=now))
            caller.restraint.require_may_change_who_gets_in(now)
            if await PhoneChangeRepository(transaction).lock(change_id, caller=caller) is None:
                raise NotFound
            challenges = await Codes(transaction, now).take_guesses(
                change_id, *BOTH, limits=self.context.limits
            )
        judge(challenges, *codes, secret_key=self.context.secret_key)
        old, new = challenges
        return old, new


def _news(member: Member, *, phone: str, now: datetime) -> Message:
    return Message.noting(
        Notice.PHONE_WAS_CHANGED,
        organization_id=member.organization_id,
        phone=phone,
        locale=member.locale,
        now=now,
    )
