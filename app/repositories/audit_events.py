"""The audit trail: events are only added, in the transaction of the action they record."""

from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Credentials
from app.models.audit_actions import Action
from app.models.audit_event import AuditEvent
from app.models.limits import Limits
from app.origin import OperatorAct, Origin
from app.repositories.base import Repository
from app.repositories.limits import LimitRepository

_TAX_IDS: Final = text("SELECT id, tax_id FROM organizations WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)


class AuditWriter(Repository):
    """Records deeds in the audit trail, in the transaction in which they are done.

    A writer is bound to the company in whose cabinet it happens, and to who does it, when and
    from where: a use case says only what was done.
    """

    def __init__(
        self,
        session: AsyncSession,
        company_id: UUID,
        now: datetime,
        *,
        by: Credentials | None = None,
        address: str | None = None,
        act: OperatorAct | None = None,
    ) -> None:
        super().__init__(session)
        self._company_id = company_id
        self._now = now
        self._by = by
        self._address = address
        self._act = act

    @classmethod
    def of_member(
        cls, session: AsyncSession, by: Credentials, origin: Origin, now: datetime
    ) -> Self:
        """Return the writer of what a member does."""
        return cls(session, by.organization_id, now, by=by, address=origin.address)

    @classmethod
    def of_operator(
        cls, session: AsyncSession, act: OperatorAct, company_id: UUID, now: datetime
    ) -> Self:
        """Return the writer of what the operator does in a cabinet, with their name and reason."""
        return cls(session, company_id, now, act=act)

    @classmethod
    def of_nobody(cls, session: AsyncSession, company_id: UUID, now: datetime) -> Self:
        """Return the writer of what happens to a company without any of its members doing it."""
        return cls(session, company_id, now)

    async def record(
        self,
        action: Action,
        *,
        subject_id: UUID | None = None,
        other_id: UUID | None = None,
        **details: Any,
    ) -> None:
        """Record a deed, and that of one company on another's account in the trails of both.

        The other company learns which company it was, and not which of its members, nor from
        where.

        :param other_id: the other company; the writer's own means that there is none.
        """
        if other_id is None or other_id == self._company_id:
            self._add(action, subject_id, details)
            return
        tax_ids = await self._tax_ids(self._company_id, other_id)
        ours, theirs = tax_ids[self._company_id], tax_ids[other_id]
        self._add(action, subject_id, {**details, "with_tax_id": theirs})
        there = AuditWriter.of_nobody(self._session, other_id, self._now)
        seen_as = action.seen_by_other
        told = {**details, "with_tax_id": ours, "by_tax_id": ours}
        await there.record(seen_as, subject_id=subject_id, **told)

    async def record_refusal(
        self,
        action: Action,
        code: str,
        *,
        subject_id: UUID,
        other_id: UUID,
        limits: Limits,
        **details: Any,
    ) -> None:
        """Record a try that was refused, up to a number a day: nobody fills another's trail."""
        uses = limits.recording_refusal(organization_id=self._company_id, other=other_id)
        if await LimitRepository(self._session).try_spend(uses, now=self._now):
            await self.record(
                action, subject_id=subject_id, other_id=other_id, **details, code=code
            )

    def _add(self, action: Action, subject_id: UUID | None, details: dict[str, Any]) -> None:
        self._session.add(
            AuditEvent(
                organization_id=self._company_id,
                happened_at=self._now,
                action=action.value,
                member_id=self._by.member_id if self._by else None,
                session_id=self._by.session_id if self._by else None,
                subject_id=subject_id,
                address=self._address,
                details=details | (self._act.details if self._act else {}),
            )
        )

    async def _tax_ids(self, *company_ids: UUID) -> dict[UUID, str]:
        rows = await self._session.execute(_TAX_IDS, {"ids": list(company_ids)})
        return {row.id: row.tax_id for row in rows}
