from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clock import Clock
from app.database import Database
from app.errors import Flaw, NotFound
from app.identifiers import AccountNumbers, IdentifierRefused
from app.models import Session, SignUp, new_id
from app.models.audit_actions import Action
from app.models.code_challenge import (
    CodeRejected,
    Purpose,
    ResendTooSoon,
    TooManyAttempts,
    judge,
)
from app.models.idempotency_key import Once
from app.models.limits import Limits
from app.models.limits.hashing import hashing
from app.models.limits.kinds import LimitState, LimitUse, require
from app.models.password_policy import PasswordTooWeak, missed_rules
from app.models.sign_up import (
    AccountNotFound,
    AccountNumberInvalid,
    PairAlreadyRegistered,
    PhoneAlreadyUsed,
    SignUpClosed,
    SignUpProgress,
)
from app.origin import Origin
from app.repositories.audit_events import AuditEventRepository
from app.repositories.code_challenges import CodeChallengeRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.limits import LimitRepository
from app.repositories.sessions import SessionRepository
from app.repositories.sign_ups import Claim, SignUpRepository
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.security.session_tokens import SessionTokens, Tokens

__all__ = [
    "AccountNotFound",
    "AccountNumberInvalid",
    "CodeRejected",
    "LimitState",
    "PairAlreadyRegistered",
    "PasswordTooWeak",
    "PhoneAlreadyUsed",
    "ResendTooSoon",
    "SignUpClosed",
    "SignUpProgress",
    "SignUpService",
    "SignedUp",
    "TooManyAttempts",
]


@dataclass(frozen=True, slots=True)
class SignedUp:
    tokens: Tokens
    is_proven: bool


class SignUpService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        account_numbers: AccountNumbers,
        passwords: PasswordHasher,
        secret_key: SecretKey,
        session_tokens: SessionTokens,
        limits: Limits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._account_numbers = account_numbers
        self._passwords = passwords
        self._secret_key = secret_key
        self._session_tokens = session_tokens
        self._limits = limits

    async def start(
        self,
        *,
        phone: str,
        account_number: str,
        tax_id: str,
        password: str,
        locale: str,
        origin: Origin,
        once: Once[SignUpProgress] | None = None,
    ) -> SignUpProgress:
        """Open a sign-up and put its code on the way, if account and tax id belong together.

        :raises AccountNumberInvalid: not of the operator's form.
        :raises PasswordTooWeak: with every rule that the password misses.
        :raises AccountNotFound, PairAlreadyRegistered, PhoneAlreadyUsed:
        :raises TooManyAttempts: too many guesses at pairs, or codes (O8, O9).
        :raises Busy: too many passwords are being hashed.
        """
        account_number = self._account_number(account_number)
        if missed := missed_rules(password, identifiers=(phone, account_number, tax_id)):
            raise PasswordTooWeak(missed, pointer="/password")
        now = self._clock.now()
        claim = await self._claim(account_number, tax_id, phone, origin, now)

        # Hashing takes longer than all else together, so no connection is held meanwhile.
        password_hash = await self._passwords.hash(password, asker=hashing(phone, origin))
        sign_up = SignUp(
            id=new_id(),
            organization_id=claim.organization_id,
            account_id=claim.account_id,
            phone=phone,
            password_hash=password_hash,
            locale=locale,
            created_at=now,
        )
        challenge = sign_up.challenge(now)
        async with self._database.begin() as session:
            SignUpRepository(session).add(sign_up)
            [message], standings = await CodeChallengeRepository(session).send(
                challenge, locale=locale, uses=self._sending(sign_up, origin), now=now
            )
            progress = SignUpProgress.of(sign_up, challenge, message, now, standings)
            await IdempotencyKeyRepository(session).settle(once, progress)
        return progress

    async def progress(self, sign_up_id: UUID) -> SignUpProgress:
        """Tell how far a sign-up has come and where its code is.

        :raises NotFound: there is no such sign-up.
        """
        async with self._database.begin() as session:
            found = await SignUpRepository(session).get(sign_up_id)
        if found is None:
            raise NotFound
        return SignUpProgress.of(*found, self._clock.now())

    async def resend(
        self, sign_up_id: UUID, *, origin: Origin, once: Once[SignUpProgress] | None = None
    ) -> SignUpProgress:
        """Send the same code again, with a fresh lifetime and no fresh guesses.

        :raises NotFound: there is no such sign-up.
        :raises SignUpClosed: confirmed, out of guesses, or too old.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: it, or another to this phone, was sent as often as it may be.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            challenge = await CodeChallengeRepository(session).lock(
                sign_up_id, purpose=Purpose.SIGN_UP
            )
            found = await SignUpRepository(session).get(sign_up_id)
            if found is None or challenge is None:
                raise NotFound
            sign_up = found[0]
            if challenge.is_spent(now):
                raise SignUpClosed
            sign_up.require_waiting(now)
            [message], standings = await CodeChallengeRepository(session).resend(
                challenge,
                locale=sign_up.locale,
                uses=self._sending(sign_up, origin),
                now=now,
            )
            progress = SignUpProgress.of(sign_up, challenge, message, now, standings)
            await IdempotencyKeyRepository(session).settle(once, progress)
        return progress

    async def confirm(
        self, sign_up_id: UUID, *, code: str, origin: Origin, once: Once[SignedUp] | None = None
    ) -> SignedUp:
        """Prove that the phone is at hand: the organization gets its owner, who is signed in.

        Ownership is proven at once when the phone is the one on the operator's file.

        :raises NotFound: there is no such sign-up.
        :raises CodeRejected: with the guesses that are left.
        :raises TooManyAttempts: too many wrong codes for this phone or account in a day (O2).
        :raises PairAlreadyRegistered, PhoneAlreadyUsed: somebody was faster.
        """
        sign_up = (await self.progress(sign_up_id)).sign_up
        now = self._clock.now()
        async with self._database.begin() as session:
            challenges = await CodeChallengeRepository(session).count_guesses(
                sign_up.id,
                Purpose.SIGN_UP,
                account_id=sign_up.account_id,
                limits=self._limits,
                now=now,
            )
        judge(challenges, code, secret_key=self._secret_key)
        async with self._database.begin() as session:
            await CodeChallengeRepository(session).use(*challenges, now=now)
            sign_ups = SignUpRepository(session)
            proven = await sign_ups.phone_on_file(sign_up.organization_id) == sign_up.phone
            if not await sign_ups.register_organization(sign_up, now=now, proven=proven):
                raise PairAlreadyRegistered
            owner = sign_up.owner(now)
            if not await sign_ups.add_owner(owner):
                raise PhoneAlreadyUsed
            sign_ups.link_account(sign_up, now=now)
            await sign_ups.mark_confirmed(sign_up.id, now=now)
            started, tokens = Session.start(
                owner, session_tokens=self._session_tokens, origin=origin, now=now
            )
            SessionRepository(session).add(started)
            AuditEventRepository(session).add(
                Action.SIGNED_UP,
                by=started.credentials,
                happened_at=now,
                subject_id=sign_up.account_id,
                address=origin.address,
                ownership="proven" if proven else "pending",
            )
            await IdempotencyKeyRepository(session).settle(once, SignedUp(tokens, proven))
        return SignedUp(tokens, proven)

    def _account_number(self, text: str) -> str:
        try:
            return self._account_numbers.parse(text)
        except IdentifierRefused as refused:
            raise AccountNumberInvalid(flaws=[Flaw("/account_number", refused.code)]) from None

    async def _claim(
        self, account_number: str, tax_id: str, phone: str, origin: Origin, now: datetime
    ) -> Claim:
        async with self._database.begin() as session:
            guess = self._limits.trying_pairs(address=origin.address)
            require(await LimitRepository(session).take(guess, now=now))
            claim = await SignUpRepository(session).claim(
                account_number=account_number, tax_id=tax_id, phone=phone
            )
        # Refused only after the commit: the guess counts.
        if claim is None:
            raise AccountNotFound
        if claim.is_registered:
            raise PairAlreadyRegistered
        if claim.phone_is_used:
            raise PhoneAlreadyUsed
        return claim

    def _sending(self, sign_up: SignUp, origin: Origin) -> list[LimitUse]:
        account_id, address = sign_up.account_id, origin.address
        return self._limits.sending(
            phone=sign_up.phone, account_id=account_id, address=address, is_verified=False
        )
