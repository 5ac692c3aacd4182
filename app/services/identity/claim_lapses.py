from dataclasses import dataclass
from typing import Final

from app.clock import Clock
from app.database import Database
from app.models.customers.organization import CLAIM_LASTS
from app.models.identity.actions import IdentityAction
from app.repositories.audit_events import AuditWriter
from app.repositories.identity.ownership import OwnershipRepository

AT_ONCE: Final = 50
"""Claims that end in one transaction: milliseconds, so that nobody waits for its locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLapseService:
    """Ends claims that were not proven in time, so that others can sign up for the company."""

    database: Database
    clock: Clock

    async def lapse(self) -> int:
        """End a batch of the claims that are too old; return how many. 0 means none is left.

        The claimant is signed out and their phone is free again. A proof that waits for an
        objection is a proof: its claim does not lapse.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            ownership = OwnershipRepository(transaction)
            lapsed = await ownership.lock_lapsed(before=now - CLAIM_LASTS, limit=AT_ONCE)
            for organization in lapsed:
                await ownership.release(organization, now=now)
                trail = AuditWriter.of_nobody(transaction, organization.id, now)
                await trail.record(IdentityAction.OWNERSHIP_LAPSED)
        return len(lapsed)
