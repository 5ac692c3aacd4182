from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.access import Credentials, SessionEnded, alive
from app.clock import Clock
from app.database import Database
from app.errors import Unauthenticated
from app.identifiers import AccountNumbers, IdentifierRefused
from app.models import Member, Session
from app.models.audit_actions import Action
from app.models.code_challenge import TooManyAttempts
from app.models.idempotency_key import Once
from app.models.limits import Limits
from app.models.limits.kinds import LimitState, LimitUse, require
from app.models.session import KNOWN_FOR
from app.origin import Origin
from app.repositories.audit_events import AuditEventRepository
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.limits import LimitRepository
from app.repositories.sessions import SessionRepository
from app.security.access_tokens import AccessTokens, PublicKey
from app.security.passwords import PasswordHasher
from app.security.secrets import TokenUnreadable
from app.security.session_tokens import SessionTokens, Tokens

__all__ = [
    "CredentialsRejected",
    "SessionEnded",
    "SessionService",
    "StartedSession",
    "TooManyAttempts",
]

NOBODYS: Final = ""
"""An account number that no account has."""


class CredentialsRejected(Unauthenticated):
    """Unknown, unconfirmed or wrong: the same answer after the same work."""

    code = "credentials_rejected"


@dataclass(frozen=True, slots=True)
class StartedSession:
    tokens: Tokens
    standings: tuple[LimitState, ...]
    """How the caller stands with the limits on failures."""


class SessionService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        account_numbers: AccountNumbers,
        passwords: PasswordHasher,
        access_tokens: AccessTokens,
        session_tokens: SessionTokens,
        limits: Limits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._account_numbers = account_numbers
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._session_tokens = session_tokens
        self._limits = limits

    def credentials_in(self, access_token: str) -> Credentials:
        """Return what an access token proves; each use case then asks whether it still holds.

        :raises TokenRejected: forged, expired or made for somebody else.
        """
        return self._access_tokens.verify(access_token, now=self._clock.now())

    def public_keys(self) -> list[PublicKey]:
        """Return the keys with which other services verify access tokens."""
        return self._access_tokens.public_keys

    async def sign_in(
        self,
        *,
        account_number: str | None,
        phone: str | None,
        password: str,
        origin: Origin,
        once: Once[StartedSession] | None = None,
    ) -> StartedSession:
        """Sign in an owner whose cabinet shows the account, or the member with a phone.

        Where two cabinets show it, the password decides; were it the same, the account's own
        company, unless only the other owner knows this device.

        :raises CredentialsRejected: whatever was wrong.
        :raises TooManyAttempts: too many failures, other than on this member's own device (A4).
        :raises Busy: too many sign-ins at once.
        """
        now = self._clock.now()
        candidates, failure, standings = await self._admit(account_number, phone, origin, now)
        member = await self._recognised(candidates, password, now)
        renewed = None
        if self._passwords.is_outdated(member.password_hash):
            renewed = await self._passwords.hash(password)
        started, tokens = Session.start(
            member, session_tokens=self._session_tokens, origin=origin, now=now
        )
        result = StartedSession(tokens, tuple(each.given_back() for each in standings))
        async with self._database.begin() as session:
            sessions = SessionRepository(session)
            is_current = await sessions.hold_password(member, renewed)
            if is_current:
                sessions.add(started)
                AuditEventRepository(session).add(
                    Action.SIGNED_IN,
                    by=started.credentials,
                    happened_at=now,
                    address=origin.address,
                )
                await IdempotencyKeyRepository(session).settle(once, result)
                await LimitRepository(session).give_back(failure)
        if not is_current:
            # Another hash has been stored since: of a new password, with which every session has
            # ended and none may begin with the old one (A7), or of this one. Ask that one.
            return await self.sign_in(
                account_number=account_number,
                phone=phone,
                password=password,
                origin=origin,
                once=once,
            )
        return result

    async def refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for the next pair of tokens.

        A client whose answer got lost, and ten tabs at once, get the same successor for 30
        seconds. A token older than that is in two hands: the session ends (A6).

        :raises SessionEnded: unknown, over, or reused.
        """
        now = self._clock.now()
        try:
            organization_id, session_id, generation = self._session_tokens.read(refresh_token)
        except TokenUnreadable:
            raise SessionEnded from None
        async with self._database.begin() as session:
            sessions = SessionRepository(session)
            found = await sessions.lock(session_id, organization_id=organization_id)
            if found is None or not found.is_alive(now):
                raise SessionEnded
            if not await sessions.has_member(found, now=now):
                raise SessionEnded
            is_good = self._rotate(found, generation, now)
            if not is_good:
                found.ended_at = now
                AuditEventRepository(session).add(
                    Action.REFRESH_REUSED, by=found.credentials, happened_at=now
                )
        # Refused only after the commit: the session must stay ended.
        if not is_good:
            raise SessionEnded
        return self._session_tokens.issue(
            found.credentials, generation=found.generation, expires_at=found.expires_at, now=now
        )

    async def sign_out(self, credentials: Credentials, *, origin: Origin) -> None:
        """End the caller's own session, at once and for every token of it.

        :raises SessionEnded: it was over already.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            alive(await CallerRepository(session).lock(credentials, now=now))
            found = await SessionRepository(session).lock(
                credentials.session_id, organization_id=credentials.organization_id
            )
            if found is None or not found.is_alive(now):
                raise SessionEnded
            found.ended_at = now
            AuditEventRepository(session).add(
                Action.SIGNED_OUT, by=credentials, happened_at=now, address=origin.address
            )

    async def _admit(
        self, account_number: str | None, phone: str | None, origin: Origin, now: datetime
    ) -> tuple[list[Member | None], list[LimitUse], tuple[LimitState, ...]]:
        """Count a failure before anybody judges the password; a success takes it back."""
        if account_number is not None:
            account_number = self._account_number(account_number)
        name = account_number or phone or ""
        async with self._database.begin() as session:
            sessions, limits = SessionRepository(session), LimitRepository(session)
            if account_number is None:
                candidates = [await sessions.member_with_phone(name)]
            else:
                candidates = await sessions.owners_who_show(name)
            since = now - KNOWN_FOR
            devices = [
                await sessions.known_device(each, origin, since=since) for each in candidates
            ]
            known = [each for each, device in zip(candidates, devices, strict=True) if device]
            others = [each for each, device in zip(candidates, devices, strict=True) if not device]
            failure = self._limits.signing_in(
                name=name, address=origin.address, known_device=next(filter(None, devices), None)
            )
            # For somebody else's password a known device is no better than any.
            guess = (
                self._limits.signing_in(name=name, address=origin.address, known_device=None)
                if known and any(others)
                else []
            )
            # One statement: rows are locked in the order of their keys, here as elsewhere.
            taken = await limits.take([*failure, *guess], now=now)
            standings, of_guess = require(taken[: len(failure)]), taken[len(failure) :]
            if not all(it.is_granted for it in of_guess):
                others = []
            failure += [use for use, it in zip(guess, of_guess, strict=True) if it.is_granted]
        return known + others, failure, standings

    async def _recognised(
        self, candidates: Sequence[Member | None], password: str, now: datetime
    ) -> Member:
        """Return whose password it is. Who fails has cost one hash for each, there or not (A3)."""
        for candidate in candidates:
            stored = candidate.password_hash if candidate else None
            is_right = await self._passwords.verify(password, stored)
            if is_right and candidate is not None and candidate.is_let_in(now):
                return candidate
        raise CredentialsRejected

    def _account_number(self, text: str) -> str:
        try:
            return self._account_numbers.parse(text)
        except IdentifierRefused:
            return NOBODYS  # looked up all the same: it costs the same time

    def _rotate(self, session: Session, generation: int, now: datetime) -> bool:
        if generation == session.generation:
            successor = self._session_tokens.refresh_hash(
                session.credentials, generation=generation + 1
            )
            session.rotate(refresh_hash=successor, now=now)
            return True
        return session.is_predecessor(generation, now)
