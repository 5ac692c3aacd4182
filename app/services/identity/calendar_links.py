from dataclasses import dataclass
from datetime import datetime

from app.access import Credentials, Permission, permitted, proven
from app.models.idempotency_key import PendingAnswer
from app.models.identity.actions import IdentityAction
from app.models.identity.calendar_link import new_address
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.identity.calendar_links import CalendarLinkRepository
from app.security.secrets import digest
from app.services.context import Context


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new address; its secret is told this once."""

    secret: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLinkService:
    """Gives members an address at which programs read their calendar, and takes it back."""

    context: Context

    async def make(
        self,
        credentials: Credentials,
        *,
        origin: Origin,
        once: PendingAnswer[MadeLink] | None = None,
    ) -> MadeLink:
        """Make an address; the member's earlier one opens nothing from now on.

        It outlives the session, so whoever may not let anybody in may not make one.

        :raises SessionEnded, OwnershipPending: see `permitted`.
        :raises HoldAfterReset, CabinetFrozen:
        """
        now = self.context.clock.now()
        made = MadeLink(new_address(credentials.organization_id), now)
        async with self.context.database.begin() as transaction:
            caller = permitted(
                await CallerRepository(transaction).get(credentials, now=now),
                Permission.VIEW_ACCOUNTS,
            )
            caller.restraint.require_may_change_who_gets_in(now)
            await CalendarLinkRepository(transaction).put(
                caller.organization_id, caller.member_id, secret_hash=digest(made.secret), now=now
            )
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.CALENDAR_LINK_MADE, subject_id=caller.member_id
            )
            await IdempotencyKeyRepository(transaction).settle(once, made)
        return made

    async def withdraw(self, credentials: Credentials, *, origin: Origin) -> None:
        """Let the member's address open nothing any more; without one nothing happens.

        :raises SessionEnded, OwnershipPending: see `proven`.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = proven(await CallerRepository(transaction).get(credentials, now=now))
            links = CalendarLinkRepository(transaction)
            if await links.remove(caller.organization_id, caller.member_id):
                await AuditWriter.of_member(transaction, credentials, origin, now).record(
                    IdentityAction.CALENDAR_LINK_WITHDRAWN, subject_id=caller.member_id
                )
