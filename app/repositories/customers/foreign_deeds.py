"""What one company does on another's account stands in the audit trails of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.access import Credentials
from app.models.audit_actions import Action
from app.models.customers.organization import Organization
from app.models.limits import Limits
from app.repositories.audit_events import AuditEventRepository
from app.repositories.base import Repository
from app.repositories.limits import LimitRepository

OTHER_NAMES: Final = {
    Action.ACCOUNT_LINKED: Action.ACCOUNT_SHARED,
    Action.ACCOUNT_UNLINKED: Action.ACCOUNT_UNSHARED,
    Action.ACCOUNT_UNSHARED: Action.ACCOUNT_UNLINKED,
}
"""Deeds that the other company's trail calls by another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDeed:
    """What a member of one company did on the account of another."""

    action: Action
    by: Credentials
    other: UUID
    """The other company: the account's, or where the account's company acts, the link's holder."""
    account_id: UUID
    happened_at: datetime
    address: str | None
    details: Mapping[str, Any]


class ForeignDeedRepository(Repository):
    async def record(self, deed: ForeignDeed, **more: Any) -> None:
        """Record a deed in the trail of who did it and in that of the other company.

        The other company learns which company it was, and not which of its members, nor from
        where.
        """
        tax_ids = await self._tax_ids(deed.by.organization_id, deed.other)
        ours, theirs = tax_ids[deed.by.organization_id], tax_ids[deed.other]
        details = {**deed.details, **more}
        audit = AuditEventRepository(self._session)
        audit.add(
            deed.action,
            by=deed.by,
            happened_at=deed.happened_at,
            subject_id=deed.account_id,
            address=deed.address,
            **details,
            with_tax_id=theirs,
        )
        audit.note(
            OTHER_NAMES.get(deed.action, deed.action),
            organization_id=deed.other,
            happened_at=deed.happened_at,
            subject_id=deed.account_id,
            **details,
            with_tax_id=ours,
            by_tax_id=ours,
        )

    async def record_refusal(self, deed: ForeignDeed, code: str, *, limits: Limits) -> None:
        """Record a try that was refused, up to a number a day: nobody fills another's trail."""
        uses = limits.recording_refusal(organization_id=deed.by.organization_id, other=deed.other)
        if await LimitRepository(self._session).try_spend(uses, now=deed.happened_at):
            await self.record(deed, code=code)

    async def _tax_ids(self, *organization_ids: UUID) -> dict[UUID, str]:
        rows = await self._session.execute(
            select(Organization.id, Organization.tax_id).where(
                Organization.id.in_(organization_ids)
            )
        )
        return {row.id: row.tax_id for row in rows}
