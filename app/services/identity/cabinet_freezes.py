from dataclasses import dataclass

from app.access import (
    Caller,
    Credentials,
    Permission,
    permitted,
)
from app.models.identity.actions import IdentityAction
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.identity.members import MemberRepository
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetFreezeService:
    """Freezes a cabinet: lets in only its owner, at once."""

    context: Context

    async def freeze(self, credentials: Credentials, *, origin: Origin) -> None:
        """Freeze the cabinet: only the owner is let in. Twice is as once.

        Also on hold: it takes access away, and can be lifted. Companies that see the cabinet's
        accounts do not see them meanwhile.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _owner(await CallerRepository(transaction).lock(credentials, now=now))
            if caller.restraint.cabinet_frozen_at is not None:
                return
            members = MemberRepository(transaction)
            await members.set_cabinet_frozen(caller.organization_id, now)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.CABINET_FROZEN
            )

    async def lift(self, credentials: Credentials, *, origin: Origin) -> None:
        """Lift the freeze: members are let in again. Twice is as once.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises HoldAfterReset: a thief of the number lifts no freeze.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _owner(await CallerRepository(transaction).lock(credentials, now=now))
            caller.restraint.require_no_hold(now)
            if caller.restraint.cabinet_frozen_at is None:
                return
            await MemberRepository(transaction).set_cabinet_frozen(caller.organization_id, None)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.CABINET_UNFROZEN
            )


def _owner(caller: Caller | None) -> Caller:
    return permitted(caller, Permission.MANAGE_MEMBERS)
