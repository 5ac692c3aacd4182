from collections.abc import Iterable
from itertools import islice
from typing import Final
from uuid import UUID

from app.access import Credentials
from app.models.metering.actions import MeteringAction
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.customers.shared_accounts import SharedAccountRepository
from app.services.context import Context

MOST_ACCOUNTS: Final = 20
"""How many accounts of one request stand in the trails as refused."""


async def record_scope_refusals(
    context: Context,
    account_ids: Iterable[UUID],
    credentials: Credentials,
    origin: Origin,
    *,
    code: str,
) -> None:
    """Record in both companies' trails that one wanted to submit for the other's account."""
    async with context.database.begin() as session:
        trail = AuditWriter.of_member(session, credentials, origin, context.clock.now())
        for account_id in islice(account_ids, MOST_ACCOUNTS):
            owner_id = await SharedAccountRepository(session).shared_by(
                account_id, organization_id=credentials.organization_id
            )
            if owner_id is not None:
                await trail.record_refusal(
                    MeteringAction.READINGS_REFUSED,
                    code,
                    subject_id=account_id,
                    other_id=owner_id,
                    limits=context.limits,
                )
