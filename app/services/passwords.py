from app.access import Credentials, SessionEnded, alive
from app.clock import Clock
from app.database import Database
from app.models import Member
from app.models.audit_actions import Action
from app.models.member import CurrentPasswordRejected
from app.models.password_policy import PasswordTooWeak, missed_rules
from app.origin import Origin
from app.repositories.audit_events import AuditEventRepository
from app.repositories.callers import CallerRepository
from app.repositories.passwords import PasswordRepository
from app.repositories.sessions import SessionRepository
from app.security.passwords import PasswordHasher

__all__ = ["CurrentPasswordRejected", "PasswordService", "PasswordTooWeak"]


class PasswordService:
    def __init__(self, *, database: Database, clock: Clock, passwords: PasswordHasher) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords

    async def change(
        self,
        credentials: Credentials,
        *,
        current_password: str,
        new_password: str,
        origin: Origin,
    ) -> None:
        """Replace the caller's own password; their other sessions end at commit (A7).

        :raises SessionEnded: the session has been ended.
        :raises PasswordTooWeak: with every rule that the new password misses.
        :raises CurrentPasswordRejected: wrong, or replaced in the meantime.
        :raises Busy: too many passwords are being hashed.
        """
        member, identifiers = await self._member(credentials)
        if missed := missed_rules(new_password, identifiers=identifiers):
            raise PasswordTooWeak(missed, pointer="/new_password")
        # Hashing takes longer than all else together, so no connection is held meanwhile.
        if not await self._passwords.verify(current_password, member.password_hash):
            raise CurrentPasswordRejected
        password_hash = await self._passwords.hash(new_password)
        now = self._clock.now()
        async with self._database.begin() as session:
            locked = await PasswordRepository(session).lock(
                member.id, organization_id=member.organization_id
            )
            # Asked again: the session may have ended while the passwords were hashed.
            alive(await CallerRepository(session).get(credentials, now=now))
            if locked is None or locked.password_hash != member.password_hash:
                raise CurrentPasswordRejected
            locked.password_hash = password_hash
            await SessionRepository(session).end_all(
                member.id,
                organization_id=member.organization_id,
                now=now,
                but=credentials.session_id,
            )
            AuditEventRepository(session).add(
                Action.PASSWORD_CHANGED, by=credentials, happened_at=now, address=origin.address
            )

    async def _member(self, credentials: Credentials) -> tuple[Member, list[str]]:
        async with self._database.begin() as session:
            caller = alive(await CallerRepository(session).get(credentials, now=self._clock.now()))
            passwords = PasswordRepository(session)
            member = await passwords.get(caller.member_id, organization_id=caller.organization_id)
            if member is None:
                raise SessionEnded
            return member, await passwords.identifiers(member)
