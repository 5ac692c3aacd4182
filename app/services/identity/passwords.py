from dataclasses import dataclass

from app.access import Credentials, SessionEnded, alive
from app.models.identity.actions import IdentityAction
from app.models.identity.member import CurrentPasswordRejected, Member
from app.models.identity.password_policy import require_strong
from app.models.identity.session import EndReason
from app.models.limits.hashing import hashing
from app.models.limits.kinds import LimitUse, require
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.identity.passwords import PasswordRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.limits import LimitRepository
from app.security.passwords import PasswordHasher
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordService:
    context: Context
    passwords: PasswordHasher

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
        :raises TooManyAttempts: too many wrong current passwords.
        :raises Busy: too many passwords are being hashed.
        """
        member, failure = await self._admit(credentials, new_password)
        # Hashing takes longer than all else together, so no connection is held meanwhile.
        asker = hashing(member.id, origin)
        stored = member.password_hash
        if not await self.passwords.verify(current_password, stored, asker=asker):
            raise CurrentPasswordRejected
        password_hash = await self.passwords.hash(new_password, asker=asker)
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            locked = await PasswordRepository(transaction).lock(
                member.id, organization_id=member.organization_id
            )
            # Asked again: the session may have ended while the passwords were hashed.
            alive(await CallerRepository(transaction).get(credentials, now=now))
            if locked is None or locked.password_hash != member.password_hash:
                raise CurrentPasswordRejected
            locked.password_hash = password_hash
            await SessionRepository(transaction).end_all(
                member.id,
                EndReason.PASSWORD_CHANGED,
                organization_id=member.organization_id,
                now=now,
                but=credentials.session_id,
            )
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.PASSWORD_CHANGED
            )
            await LimitRepository(transaction).give_back(failure)

    async def _admit(
        self, credentials: Credentials, new_password: str
    ) -> tuple[Member, list[LimitUse]]:
        """Count a failure before anybody judges the password; the right one takes it back."""
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = alive(await CallerRepository(transaction).get(credentials, now=now))
            passwords = PasswordRepository(transaction)
            member = await passwords.get(caller.member_id, organization_id=caller.organization_id)
            if member is None:
                raise SessionEnded
            identifiers = await passwords.identifiers(member)
            require_strong(new_password, identifiers=identifiers)
            failure = self.context.limits.saying_password(member.id)
            require(await LimitRepository(transaction).take(failure, now=now))
            return member, failure
