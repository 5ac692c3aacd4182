from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.errors import NotFound
from app.identifiers import AccountNumbers
from app.models.customers.account import require_account_number
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.identity.password_policy import require_strong
from app.models.identity.password_reset import (
    PasswordReset,
    PasswordResetClosed,
    addressed_to,
    letter_to,
)
from app.models.identity.session import EndReason, Session
from app.models.limits.devices import KnownDevice
from app.models.limits.hashing import hashing
from app.models.limits.kinds import require
from app.models.messages.code_challenge import (
    CodeChallenge,
    CodeRejected,
    Purpose,
    judge,
)
from app.models.messages.message import Message, Notice
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.password_resets import PasswordResetRepository
from app.repositories.identity.passwords import PasswordRepository
from app.repositories.identity.recoveries import RecoveryRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.code_challenges import CodeChallengeRepository
from app.repositories.messages.messages import MessageRepository
from app.security.passwords import PasswordHasher
from app.security.session_tokens import SessionTokens, Tokens
from app.services.context import Context
from app.services.messages.codes import Codes


@dataclass(frozen=True, slots=True)
class ResetProgress:
    """A reset as its answer shows it: the same whether or not the account exists."""

    reset: PasswordReset
    challenge: CodeChallenge


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetService:
    """Replaces a forgotten password, with a code sent to the member's phone.

    A reset for an account or a phone that nobody has registered is a row like any other: it is
    resent and guessed at like a real one, and no code opens it (A3).
    """

    context: Context
    account_numbers: AccountNumbers
    passwords: PasswordHasher
    session_tokens: SessionTokens

    async def start(
        self,
        *,
        account_number: str | None,
        phone: str | None,
        origin: Origin,
        once: PendingAnswer[ResetProgress] | None = None,
    ) -> ResetProgress:
        """Put a code on its way to the account's owner or the member with the phone, if any.

        :raises AccountNumberInvalid: not of the operator's form, which tells nothing of accounts.
        :raises TooManyAttempts: too many for this name, or from this address (O9).
        """
        name = self._name(account_number, phone)
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            sessions, limits = SessionRepository(transaction), LimitRepository(transaction)
            find = sessions.owner_of_account if account_number else sessions.member_with_phone
            found = await find(name)
            member = found if found is not None and found.is_let_in(now) else None
            device = await self._device(member, origin, sessions, now)
            asking = self.context.limits.asking_for_reset(
                name=name, address=origin.address, device=device
            )
            asked = await limits.spend(asking, now=now)
            nearby = self.context.limits.asking_nearby(device)
            if not nearby or not await limits.try_spend(nearby, now=now):
                require(asked)
        # Other flows use budgets of both kinds in one statement, in the order of their keys: who
        # held those above and waited for those below would wait in a ring.
        async with self.context.database.begin() as transaction:
            reset = PasswordReset.open(member, now)
            challenge = reset.challenge(member, now)
            PasswordResetRepository(transaction).add(reset)
            CodeChallengeRepository(transaction).add(challenge)
            await self._send(transaction, challenge, member, device, nobody=name)
            progress = ResetProgress(reset, challenge)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def resend(
        self,
        reset_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[ResetProgress] | None = None,
    ) -> ResetProgress:
        """Send the same code again, with a fresh lifetime and no fresh guesses.

        :raises NotFound: there is no such reset.
        :raises PasswordResetClosed: completed, out of guesses, or too old.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: it has been sent as often as it may.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            # The lock makes "is it time?" and the sending one step.
            challenge = await CodeChallengeRepository(transaction).lock(
                reset_id, purpose=Purpose.PASSWORD_RESET
            )
            found = await PasswordResetRepository(transaction).get(reset_id)
            if found is None or challenge is None:
                raise NotFound
            reset, member = found
            if challenge.is_spent(now):
                raise PasswordResetClosed
            reset.require_waiting(now)
            challenge.resend(now)
            somebody = addressed_to(member, challenge, now)
            device = await self._device(somebody, origin, SessionRepository(transaction), now)
            await self._send(transaction, challenge, somebody, device, nobody=str(reset.id))
            progress = ResetProgress(reset, challenge)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def confirm(
        self,
        reset_id: UUID,
        *,
        code: str,
        new_password: str,
        origin: Origin,
        once: PendingAnswer[Tokens] | None = None,
    ) -> Tokens:
        """Replace the password and sign the owner in; every other session ends at commit.

        The cabinet's first members are told (`MOST_TOLD`), and for a day the owner may not change
        who gets in. What was made during an earlier hold ends.

        :raises PasswordTooWeak: looked at first; costs no guess.
        :raises NotFound: there is no such reset.
        :raises CodeRejected: with the guesses that are left.
        :raises Busy: too many passwords are being hashed.
        """
        # Phone and numbers are compared only once the code was right: told before, they would
        # let a stranger try which phone is behind an account.
        require_strong(new_password, identifiers=())
        now = self.context.clock.now()
        challenge, member = await self._judge(reset_id, code, origin, now)
        password_hash = await self._hash(new_password, member, origin)
        async with self.context.database.begin() as transaction:
            await Codes(transaction, now).use(challenge)
            locked = await PasswordRepository(transaction).lock(
                member.id, organization_id=member.organization_id
            )
            member = _require_somebody(locked, challenge, now)
            await RecoveryRepository(transaction).begin_hold(member, now=now)
            member.password_hash = password_hash
            started, tokens = await self._sign_in(transaction, member, origin, now)
            await PasswordResetRepository(transaction).complete(reset_id, now=now)
            trail = AuditWriter.of_member(transaction, started.credentials, origin, now)
            await trail.record(IdentityAction.PASSWORD_RESET)
            await IdempotencyKeyRepository(transaction).settle(once, tokens)
            await self._tell(transaction, member, now)
        return tokens

    async def _sign_in(
        self, transaction: Transaction, member: Member, origin: Origin, now: datetime
    ) -> tuple[Session, Tokens]:
        """End all sessions of a member, and start one."""
        sessions = SessionRepository(transaction)
        await sessions.end_all(
            member.id, EndReason.PASSWORD_RESET, organization_id=member.organization_id, now=now
        )
        started, tokens = Session.start(
            member, session_tokens=self.session_tokens, origin=origin, now=now
        )
        sessions.add(started)
        return started, tokens

    async def _send(
        self,
        transaction: Transaction,
        challenge: CodeChallenge,
        member: Member | None,
        device: KnownDevice | None,
        *,
        nobody: str,
    ) -> None:
        """Send the code if there is a member and the limits allow it; the answer tells neither."""
        now = challenge.sent_at
        sending = self.context.limits.sending_reset(
            nobody=f"nobody {nobody}",
            phone=member.phone if member else None,
            device=device,
            colleague_in=member.organization_id if member and not member.is_owner else None,
        )
        may_send = await LimitRepository(transaction).try_spend(sending, now=now)
        await MessageRepository(transaction).queue_if(
            letter_to(member, challenge, now), is_wanted=may_send and member is not None
        )

    async def _hash(self, password: str, member: Member, origin: Origin) -> str:
        async with self.context.database.begin() as transaction:
            identifiers = await PasswordRepository(transaction).identifiers(member)
        require_strong(password, identifiers=identifiers)
        return await self.passwords.hash(password, asker=hashing(member.id, origin))

    async def _tell(self, transaction: Transaction, member: Member, now: datetime) -> None:
        """Send the notice of a changed password to its member first, then to others (B4)."""
        people = await PasswordRepository(transaction).people_to_tell(member, now=now)
        owners = int(member.is_owner)
        for told in (people, people[:1]):
            uses = self.context.limits.telling_cabinet(
                company_id=member.organization_id, owners=owners, members=len(told) - owners
            )
            if await LimitRepository(transaction).try_spend(uses, now=now):
                await MessageRepository(transaction).queue_all(
                    _news_for(each, now) for each in told
                )
                return

    def _name(self, account_number: str | None, phone: str | None) -> str:
        if account_number is None:
            return phone or ""
        return require_account_number(account_number, self.account_numbers)

    async def _device(
        self, member: Member | None, origin: Origin, sessions: SessionRepository, now: datetime
    ) -> KnownDevice | None:
        mark = self.session_tokens.mark(origin)
        return await sessions.known_device(member, mark, now=now, recovers=True)

    async def _judge(
        self, reset_id: UUID, code: str, origin: Origin, now: datetime
    ) -> tuple[CodeChallenge, Member]:
        # The guess is counted and committed before anybody looks at it: a refusal, a closed
        # connection or a crash gives none back.
        async with self.context.database.begin() as transaction:
            found = await PasswordResetRepository(transaction).get(reset_id)
            if found is None:
                raise NotFound
            if found[0].completed_at is not None:
                raise CodeRejected(attempts_left=0)
            challenge = await Codes(transaction, now).take_guess(reset_id, Purpose.PASSWORD_RESET)
            somebody = addressed_to(found[1], challenge, now)
            guess = self.context.limits.guessing_reset(
                nobody=f"nobody {reset_id}",
                phone=somebody.phone if somebody else None,
                device=await self._device(somebody, origin, SessionRepository(transaction), now),
            )
            may_guess = await LimitRepository(transaction).try_spend(guess, now=now)
        if not may_guess:
            raise CodeRejected(attempts_left=challenge.attempts_left)
        judge([challenge], code, secret_key=self.context.secret_key)
        return challenge, _require_somebody(found[1], challenge, now)


def _require_somebody(member: Member | None, challenge: CodeChallenge, now: datetime) -> Member:
    """Refuse the right code of a reset without a member, like a wrong code."""
    somebody = addressed_to(member, challenge, now)
    if somebody is None:
        raise CodeRejected(attempts_left=challenge.attempts_left)
    return somebody


def _news_for(member: Member, now: datetime) -> Message:
    return Message.noting(
        Notice.PASSWORD_WAS_RESET,
        organization_id=member.organization_id,
        phone=member.phone,
        locale=member.locale,
        now=now,
    )
