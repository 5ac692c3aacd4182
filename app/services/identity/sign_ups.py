from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.errors import NotFound
from app.identifiers import AccountNumbers
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.models.identity.sign_up import (
    AccountNotFound,
    PairAlreadyRegistered,
    PhoneAlreadyUsed,
    SignUp,
    SignUpClosed,
    SignUpProgress,
    require_sound,
)
from app.models.limits.hashing import hashing
from app.models.limits.kinds import LimitUse, require
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.message import Message, Notice
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.ownership import Claimed, OwnershipRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.identity.sign_ups import CompanyOnFile, SignUpRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.code_challenges import CodeChallengeRepository
from app.repositories.messages.messages import MessageRepository
from app.security.passwords import PasswordHasher
from app.security.session_tokens import SessionTokens, Tokens
from app.services.context import Context
from app.services.messages.codes import Codes, guess


@dataclass(frozen=True, slots=True)
class SignedUp:
    tokens: Tokens
    is_proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpService:
    context: Context
    account_numbers: AccountNumbers
    passwords: PasswordHasher
    session_tokens: SessionTokens

    async def start(
        self,
        *,
        phone: str,
        account_number: str,
        tax_id: str,
        password: str,
        locale: str,
        origin: Origin,
        once: PendingAnswer[SignUpProgress] | None = None,
    ) -> SignUpProgress:
        """Open a sign-up and put its code on the way, if account and tax id belong together.

        :raises AccountNumberInvalid, PasswordTooWeak: see `require_sound`.
        :raises AccountNotFound, PairAlreadyRegistered, PhoneAlreadyUsed:
        :raises TooManyAttempts: too many guesses at pairs, or codes (O8, O9).
        :raises Busy: too many passwords are being hashed.
        """
        account_number = require_sound(
            phone=phone,
            account_number=account_number,
            tax_id=tax_id,
            password=password,
            account_numbers=self.account_numbers,
        )
        now = self.context.clock.now()
        company = await self._company(account_number, tax_id, phone, origin, now)
        # Hashing takes longer than all else together, so no connection is held meanwhile.
        password_hash = await self.passwords.hash(password, asker=hashing(phone, origin))
        sign_up = company.sign_up(phone, password_hash=password_hash, locale=locale, now=now)
        challenge = sign_up.challenge(now)
        async with self.context.database.begin() as transaction:
            SignUpRepository(transaction).add(sign_up)
            [message], standings = await Codes(transaction, now).send(
                challenge,
                locale=locale,
                uses=self._sending(sign_up, company.organization.phone_on_file, origin),
            )
            progress = SignUpProgress(sign_up, challenge, message, now, standings)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def progress(self, sign_up_id: UUID) -> SignUpProgress:
        """Tell how far a sign-up has come and where its code is.

        :raises NotFound: there is no such sign-up.
        """
        async with self.context.database.begin() as transaction:
            found = await SignUpRepository(transaction).get(sign_up_id)
        if found is None:
            raise NotFound
        return SignUpProgress(*found, self.context.clock.now())

    async def resend(
        self,
        sign_up_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[SignUpProgress] | None = None,
    ) -> SignUpProgress:
        """Send the same code again, with a fresh lifetime and no fresh guesses.

        :raises NotFound: there is no such sign-up.
        :raises SignUpClosed: confirmed, out of guesses, or too old.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: it, or another to this phone, was sent as often as it may be.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            challenge = await CodeChallengeRepository(transaction).lock(
                sign_up_id, purpose=Purpose.SIGN_UP
            )
            found = await SignUpRepository(transaction).get(sign_up_id)
            if found is None or challenge is None:
                raise NotFound
            sign_up = found[0]
            if challenge.is_spent(now):
                raise SignUpClosed
            sign_up.require_waiting(now)
            on_file = await SignUpRepository(transaction).phone_on_file(sign_up.organization_id)
            [message], standings = await Codes(transaction, now).resend(
                challenge,
                locale=sign_up.locale,
                uses=self._sending(sign_up, on_file, origin),
            )
            progress = SignUpProgress(sign_up, challenge, message, now, standings)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def confirm(
        self,
        sign_up_id: UUID,
        *,
        code: str,
        origin: Origin,
        once: PendingAnswer[SignedUp] | None = None,
    ) -> SignedUp:
        """Prove that the phone is at hand: the organization gets its owner, who is signed in.

        Ownership is proven at once when the phone is the one on the operator's file. Such a
        sign-up ends a claim of another phone that is not proven; any other is told to that phone.

        :raises NotFound: there is no such sign-up.
        :raises CodeRejected: with the guesses that are left.
        :raises TooManyAttempts: too many wrong codes for this phone in a day (O2).
        :raises PairAlreadyRegistered, PhoneAlreadyUsed: somebody was faster.
        """
        sign_up = (await self.progress(sign_up_id)).subject
        now = self.context.clock.now()
        challenge = await self._guess(sign_up, code, now)
        async with self.context.database.begin() as transaction:
            await Codes(transaction, now).use(challenge)
            claimed, owner = await _open_cabinet(transaction, sign_up, now)
            started, tokens = Session.start(
                owner, session_tokens=self.session_tokens, origin=origin, now=now
            )
            SessionRepository(transaction).add(started)
            await AuditWriter.of_member(transaction, started.credentials, origin, now).record(
                IdentityAction.SIGNED_UP,
                subject_id=sign_up.account_id,
                ownership="proven" if claimed.is_proven else "pending",
                has_superseded=claimed.has_superseded,
            )
            news = _news_of(claimed, owner, now)
            await MessageRepository(transaction).queue_all(news)
            signed_up = SignedUp(tokens, claimed.is_proven)
            await IdempotencyKeyRepository(transaction).settle(once, signed_up)
            await LimitRepository(transaction).charge(
                self.context.limits.telling_of_strangers(len(news)), now=now
            )
        return signed_up

    async def _company(
        self, account_number: str, tax_id: str, phone: str, origin: Origin, now: datetime
    ) -> CompanyOnFile:
        async with self.context.database.begin() as transaction:
            limits = LimitRepository(transaction)
            guess = self.context.limits.guessing_pair(tax_id)
            tried = [*self.context.limits.trying_pairs(address=origin.address), guess]
            *from_here, about_company = await limits.take(tried, now=now)
            require(from_here)
            company = await SignUpRepository(transaction).company_on_file(
                account_number=account_number, tax_id=tax_id, phone=phone
            )
            if company is not None and about_company.is_granted:
                await limits.give_back([guess])
            if company is not None and company.phone_is_used:
                asked = self.context.limits.asking_whose_phone(company.account_id)
                require(await limits.take([asked], now=now))
        # Refused only after the commit: the guess counts.
        if company is None or not (about_company.is_granted or _is_on_file(phone, company)):
            raise AccountNotFound
        if not company.organization.is_open_to(phone, now):
            raise PairAlreadyRegistered
        if company.phone_is_used:
            raise PhoneAlreadyUsed
        return company

    async def _guess(self, sign_up: SignUp, code: str, now: datetime) -> CodeChallenge:
        """Count a guess apart from those for other companies if the phone is on file for this."""
        company_id = sign_up.organization_id
        async with self.context.database.begin() as transaction:
            on_file = await SignUpRepository(transaction).phone_on_file(company_id)
        return await guess(
            self.context,
            sign_up.id,
            Purpose.SIGN_UP,
            code,
            now=now,
            on_file_of=company_id if sign_up.phone == on_file else None,
        )

    def _sending(
        self, sign_up: SignUp, phone_on_file: str | None, origin: Origin
    ) -> list[LimitUse]:
        return self.context.limits.signing_up(
            phone=sign_up.phone,
            account_id=sign_up.account_id,
            address=origin.address,
            is_on_file=sign_up.phone == phone_on_file,
        )


async def _open_cabinet(
    transaction: Transaction, sign_up: SignUp, now: datetime
) -> tuple[Claimed, Member]:
    """Claim the company, add its owner, and link the account."""
    claimed = await OwnershipRepository(transaction).claim(
        sign_up.organization_id, phone=sign_up.phone, now=now
    )
    if claimed is None:
        raise PairAlreadyRegistered
    owner = sign_up.owner(now)
    sign_ups = SignUpRepository(transaction)
    if not await sign_ups.add_owner(owner):
        raise PhoneAlreadyUsed
    sign_ups.link_account(sign_up, now=now)
    await sign_ups.mark_confirmed(sign_up.id, now=now)
    return claimed, owner


def _is_on_file(phone: str, company: CompanyOnFile) -> bool:
    return phone == company.organization.phone_on_file


def _news_of(claimed: Claimed, owner: Member, now: datetime) -> list[Message]:
    """Return what the phone on file is told when another phone has signed up."""
    organization = claimed.organization
    phone = organization.other_phone_on_file(owner.phone)
    if phone is None:
        return []
    notice = Notice.COMPANY_GIVEN if claimed.is_proven else Notice.COMPANY_CLAIMED
    return [Message.to_phone_on_file(notice, organization_id=organization.id, phone=phone, now=now)]
