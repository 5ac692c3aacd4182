"""Readings that the operator decides about."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, text

from app.models.metering.reading_review import (
    STATUS_AFTER,
    Outcome,
    ReviewedReading,
    WaitingReading,
)
from app.repositories.base import Repository
from app.repositories.metering.register_lives import ALL, counting_of, energy_of, values_before

# The index of ids begins with the company: one probe for each costs less than an index of its own.
_FIND: Final = text("""
SELECT r.organization_id, r.register_id
  FROM organizations o
 CROSS JOIN LATERAL (
   SELECT f.organization_id, f.register_id FROM readings f
    WHERE f.organization_id = o.id AND f.id = :reading_id
   OFFSET 0
 ) r
 LIMIT 1
""").bindparams(bindparam("reading_id", type_=Uuid))

_LOCK: Final = text("""
SELECT r.id FROM registers r
 WHERE r.organization_id = :organization_id AND r.id = :register_id
   FOR NO KEY UPDATE
""").bindparams(bindparam("organization_id", type_=Uuid), bindparam("register_id", type_=Uuid))

_GET: Final = text("""
SELECT r.id, r.organization_id, r.register_id, p.account_id, r.read_on, r.status,
       r.review_outcome, r.submitting_organization_id
  FROM readings r
  JOIN registers g ON g.organization_id = r.organization_id AND g.id = r.register_id
  JOIN meters m ON m.organization_id = g.organization_id AND m.id = g.meter_id
  JOIN metering_points p ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
 WHERE r.organization_id = :organization_id AND r.id = :reading_id
""").bindparams(bindparam("organization_id", type_=Uuid), bindparam("reading_id", type_=Uuid))

_DECIDE: Final = text("""
WITH decided AS (
  UPDATE readings r
     SET status = :status, review_outcome = :outcome, review_reason = :reason, reviewed_at = :now
   WHERE r.organization_id = :organization_id AND r.id = :reading_id
)
UPDATE registers r SET revision = r.revision + 1
 WHERE r.organization_id = :organization_id AND r.id = :register_id
""").bindparams(
    bindparam("organization_id", type_=Uuid),
    bindparam("register_id", type_=Uuid),
    bindparam("reading_id", type_=Uuid),
    bindparam("status", type_=Text),
    bindparam("outcome", type_=Text),
    bindparam("reason", type_=Text),
    bindparam("now", type_=DateTime(timezone=True)),
)

_WAITING: Final = text(f"""
SELECT r.*, past.*, latest.*, scale.*, o.tax_id, o.name AS company, a.account_number,
       submitter.tax_id AS submitter_tax_id
  FROM (
    SELECT r.organization_id, r.register_id, r.id, r.read_on, r.value, r.kind, r.findings,
           r.submitted_at, r.submitting_organization_id, g.code, g.digits, g.decimals, g.multiplier,
           m.serial_number, p.account_id
      FROM readings r
      JOIN registers g ON g.organization_id = r.organization_id AND g.id = r.register_id
      JOIN meters m ON m.organization_id = g.organization_id AND m.id = g.meter_id
      JOIN metering_points p ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
     WHERE r.status = 'in_review'
     ORDER BY r.submitted_at, r.id
     LIMIT :limit
  ) r
  JOIN organizations o ON o.id = r.organization_id
  JOIN accounts a ON a.organization_id = r.organization_id AND a.id = r.account_id
  LEFT JOIN organizations submitter ON submitter.id = r.submitting_organization_id
  {values_before("r")}
  {counting_of("r")}
 ORDER BY r.submitted_at, r.id
""").bindparams(  # noqa: S608 - made of constants, values are bound
    bindparam("limit", type_=Integer), bindparam("most", type_=Integer)
)


class ReadingReviewRepository(Repository):
    async def list_waiting(self, *, limit: int) -> list[WaitingReading]:
        """Return the readings in review, the longest waiting first."""
        rows = await self._session.execute(_WAITING, {"limit": limit, "most": ALL})
        return [_waiting(row) for row in rows]

    async def lock(self, reading_id: UUID) -> ReviewedReading | None:
        """Return a reading about whose register nobody else writes until the transaction ends."""
        key = (await self._session.execute(_FIND, {"reading_id": reading_id})).one_or_none()
        if key is None:
            return None
        register = {"organization_id": key.organization_id, "register_id": key.register_id}
        await self._session.execute(_LOCK, register)
        found = {"organization_id": key.organization_id, "reading_id": reading_id}
        row = (await self._session.execute(_GET, found)).one()
        return ReviewedReading(
            id=row.id,
            organization_id=row.organization_id,
            register_id=row.register_id,
            account_id=row.account_id,
            read_on=row.read_on,
            status=row.status,
            outcome=row.review_outcome,
            submitting_organization_id=row.submitting_organization_id,
        )

    async def decide(
        self, reading: ReviewedReading, outcome: Outcome, *, reason: str, now: datetime
    ) -> None:
        """Keep a decision; the register's revision tells everybody that its past has changed."""
        await self._session.execute(
            _DECIDE,
            {
                "organization_id": reading.organization_id,
                "register_id": reading.register_id,
                "reading_id": reading.id,
                "status": STATUS_AFTER[outcome].value,
                "outcome": outcome.value,
                "reason": reason,
                "now": now,
            },
        )


def _waiting(row: Any) -> WaitingReading:
    return WaitingReading(
        id=row.id,
        tax_id=row.tax_id,
        company=row.company,
        account_number=row.account_number,
        meter_serial=row.serial_number,
        register_code=row.code,
        read_on=row.read_on,
        value=row.value,
        energy=energy_of(row),
        findings=tuple(row.findings),
        submitted_at=row.submitted_at,
        submitted_by_tax_id=row.submitter_tax_id,
    )
