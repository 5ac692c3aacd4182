from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, alive
from app.errors import NotFound
from app.models.identity.actions import IdentityAction
from app.models.identity.session import EndReason, ShownSession
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.identity.sessions import SessionRepository, SessionView
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceService:
    """Lists and ends a member's sessions; each session is a device."""

    context: Context

    async def list_by_age(
        self, credentials: Credentials, *, limit: int, cursor: str | None
    ) -> Page[ShownSession]:
        """Show members where they are signed in, the newest sign-in first.

        :raises SessionEnded: the session has been ended.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"sessions:{credentials.member_id}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            caller, found = await SessionView(connection).list_by_age(
                after=UUID(asked.after[0]) if asked.after else None,
                limit=asked.rows,
                credentials=credentials,
                now=now,
            )
        alive(caller)
        return asked.page(found, lambda last: (str(last.id),))

    async def end(self, credentials: Credentials, session_id: UUID, *, origin: Origin) -> None:
        """End one of the caller's own sessions, at once and for every token of it.

        :raises SessionEnded: the caller's own session has been ended.
        :raises NotFound: no session of the caller's, or over already.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            alive(await CallerRepository(transaction).lock(credentials, now=now))
            sessions = SessionRepository(transaction)
            found = await sessions.lock(session_id, organization_id=credentials.organization_id)
            is_own = found is not None and found.member_id == credentials.member_id
            if found is None or not is_own or not found.is_alive(now):
                raise NotFound
            is_here = session_id == credentials.session_id
            reason = EndReason.SIGNED_OUT if is_here else EndReason.ENDED_ELSEWHERE
            await sessions.end(found, reason, now=now)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.SIGNED_OUT, subject_id=session_id
            )

    async def end_others(self, credentials: Credentials, *, origin: Origin) -> None:
        """End all of the caller's sessions but the one that asks.

        :raises SessionEnded: the session has been ended.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            alive(await CallerRepository(transaction).lock(credentials, now=now))
            ended = await SessionRepository(transaction).end_all(
                credentials.member_id,
                EndReason.ENDED_ELSEWHERE,
                organization_id=credentials.organization_id,
                now=now,
                but=credentials.session_id,
            )
            if ended:
                await AuditWriter.of_member(transaction, credentials, origin, now).record(
                    IdentityAction.OTHERS_SIGNED_OUT
                )
