from datetime import datetime
from typing import Final

from app.access import Credentials, SessionEnded
from app.clock import Clock
from app.database import Database
from app.errors import Unauthenticated
from app.identifiers import AccountNumbers, IdentifierRefused
from app.models import Member, Session, new_id
from app.models.audit_actions import Action
from app.models.idempotency_key import Once
from app.origin import Origin
from app.repositories.audit_events import AuditEventRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.sessions import SessionRepository
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import TokenUnreadable
from app.security.session_tokens import SessionTokens, Tokens

__all__ = ["CredentialsRejected", "SessionEnded", "SessionService"]

NOBODYS: Final = ""
"""An account number that no account has."""


class CredentialsRejected(Unauthenticated):
    """Unknown, unconfirmed or wrong: the same answer after the same work."""

    code = "credentials_rejected"


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
    ) -> None:
        self._database = database
        self._clock = clock
        self._account_numbers = account_numbers
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._session_tokens = session_tokens

    def credentials_in(self, access_token: str) -> Credentials:
        """Return what an access token proves; each use case then asks whether it still holds.

        :raises TokenRejected: forged, expired or made for somebody else.
        """
        return self._access_tokens.verify(access_token, now=self._clock.now())

    async def sign_in(
        self,
        *,
        account_number: str | None,
        phone: str | None,
        password: str,
        origin: Origin,
        once: Once[Tokens] | None = None,
    ) -> Tokens:
        """Sign in the owner of an account's organization, or the member with a phone.

        :raises CredentialsRejected: whatever was wrong.
        :raises Busy: too many sign-ins at once.
        """
        member = await self._named(account_number, phone)
        stored = member.password_hash if member else None
        if not await self._passwords.verify(password, stored) or member is None:
            raise CredentialsRejected
        renewed = None
        if self._passwords.is_outdated(member.password_hash):
            renewed = await self._passwords.hash(password)
        now = self._clock.now()
        credentials = Credentials(member.organization_id, new_id(), member.id)
        started = Session.start(
            credentials=credentials,
            refresh_hash=self._session_tokens.refresh_hash(credentials),
            now=now,
            device=origin.device,
            address=origin.address,
        )
        tokens = self._session_tokens.issue(
            credentials, generation=0, expires_at=started.expires_at, now=now
        )
        async with self._database.begin() as session:
            sessions = SessionRepository(session)
            sessions.add(started)
            if renewed is not None:
                await sessions.replace_password_hash(member, renewed)
            AuditEventRepository(session).add(
                Action.SIGNED_IN, by=credentials, happened_at=now, address=origin.address
            )
            await IdempotencyKeyRepository(session).settle(once, tokens)
        return tokens

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
            if found is None or not found.is_alive(now) or not await sessions.has_member(found):
                raise SessionEnded
            is_good = self._rotate(found, generation, now)
            if not is_good:
                found.ended_at = now
                AuditEventRepository(session).add(
                    Action.REFRESH_REUSED, by=_credentials(found), happened_at=now
                )
        # Refused only after the commit: the session must stay ended.
        if not is_good:
            raise SessionEnded
        return self._session_tokens.issue(
            _credentials(found), generation=found.generation, expires_at=found.expires_at, now=now
        )

    async def sign_out(self, credentials: Credentials, *, origin: Origin) -> None:
        """End the caller's own session, at once and for every token of it.

        :raises SessionEnded: it was over already.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            found = await SessionRepository(session).lock(
                credentials.session_id, organization_id=credentials.organization_id
            )
            if found is None or not found.is_alive(now):
                raise SessionEnded
            found.ended_at = now
            AuditEventRepository(session).add(
                Action.SIGNED_OUT, by=credentials, happened_at=now, address=origin.address
            )

    async def _named(self, account_number: str | None, phone: str | None) -> Member | None:
        async with self._database.begin() as session:
            sessions = SessionRepository(session)
            if account_number is None:
                return await sessions.member_with_phone(phone or "")
            try:
                number = self._account_numbers.parse(account_number)
            except IdentifierRefused:
                number = NOBODYS  # looked up all the same: it costs the same time
            return await sessions.owner_of_account(number)

    def _rotate(self, session: Session, generation: int, now: datetime) -> bool:
        if generation == session.generation:
            successor = self._session_tokens.refresh_hash(
                _credentials(session), generation=generation + 1
            )
            session.rotate(refresh_hash=successor, now=now)
            return True
        return session.is_predecessor(generation, now)


def _credentials(session: Session) -> Credentials:
    return Credentials(session.organization_id, session.id, session.member_id)
