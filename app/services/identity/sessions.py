from dataclasses import dataclass

from app.access import Credentials, SessionEnded, alive
from app.models.identity.actions import IdentityAction
from app.models.identity.session import EndReason, Verdict
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.identity.sessions import SessionRepository
from app.security.access_tokens import AccessTokens, PublicKey
from app.security.secrets import TokenUnreadable
from app.security.session_tokens import SessionTokens, Tokens
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionService:
    context: Context
    access_tokens: AccessTokens
    session_tokens: SessionTokens

    def credentials_in(self, access_token: str) -> Credentials:
        """Return what an access token proves; each use case then asks whether it still holds.

        :raises TokenRejected: forged, expired or made for somebody else.
        """
        return self.access_tokens.verify(access_token, now=self.context.clock.now())

    def public_keys(self) -> list[PublicKey]:
        """Return the keys with which other services verify access tokens."""
        return self.access_tokens.public_keys

    async def refresh(self, refresh_token: str, *, origin: Origin) -> Tokens:
        """Exchange a refresh token for the next pair of tokens.

        A client whose answer got lost, and ten tabs at once, get the same successor for 30
        seconds. A token that is in two hands ends the session (A6): see `Session.judge`.

        :raises SessionEnded: unknown, over, or reused.
        """
        now = self.context.clock.now()
        try:
            organization_id, session_id, generation = self.session_tokens.read(refresh_token)
        except TokenUnreadable:
            raise SessionEnded from None
        mark = self.session_tokens.mark(origin)
        async with self.context.database.begin() as transaction:
            sessions = SessionRepository(transaction)
            found = await sessions.lock(session_id, organization_id=organization_id)
            if found is None:
                raise SessionEnded
            member = await sessions.member(found.member_id, organization_id=organization_id)
            if not found.lets_in(member, now):
                raise SessionEnded
            verdict = found.judge(generation, mark, now)
            if verdict is Verdict.SUCCESSOR:
                found.rotate(generation, mark, session_tokens=self.session_tokens, now=now)
            elif verdict is Verdict.REUSED:
                await sessions.end(found, EndReason.TOKEN_REUSED, now=now)
                await AuditWriter.of_member(transaction, found.credentials, origin, now).record(
                    IdentityAction.REFRESH_REUSED
                )
        # Refused only after the commit: the session must stay ended.
        if verdict is Verdict.REUSED:
            raise SessionEnded
        return self.session_tokens.issue(
            found.credentials,
            generation=found.generation,
            expires_at=found.expires_at,
            now=now,
            device_token=self.session_tokens.device_token(origin),
        )

    async def sign_out(self, credentials: Credentials, *, origin: Origin) -> None:
        """End the caller's own session, at once and for every token of it.

        :raises SessionEnded: it was over already.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            alive(await CallerRepository(transaction).lock(credentials, now=now))
            found = await SessionRepository(transaction).lock(
                credentials.session_id, organization_id=credentials.organization_id
            )
            if found is None or not found.is_alive(now):
                raise SessionEnded
            found.end(EndReason.SIGNED_OUT, now)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.SIGNED_OUT
            )
