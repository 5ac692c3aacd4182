"""The one statement that records readings: all of them, or none."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    TextClause,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from app.access import Credentials
from app.models.idempotency_key import Answer, Claim
from app.models.metering.actions import MeteringAction
from app.models.period import Period
from app.repositories.base import Statements
from app.repositories.callers import (
    CALLER_HELD,
    CALLER_HELD_LAST,
    LINKED,
    caller_binds,
    caller_values,
)
from app.repositories.direct import DirectStatement
from app.repositories.idempotency_keys import SETTLED, SETTLED_BINDS, settled_values
from app.repositories.metering.foreign_submissions import (
    ACCOUNTS_OWNER,
    FOREIGN_DETAILS,
    FOREIGN_LINK,
    OWN_LINK,
    foreign_binds,
    foreign_effects,
    foreign_values,
)
from app.repositories.metering.reading_forms import CLOSES_ON


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReading:
    """A reading that is to be recorded, and what was known when it was judged."""

    id: UUID
    register_id: UUID
    version: int
    value: Decimal
    taken_at: datetime
    status: str
    findings: tuple[str, ...]
    supersedes: UUID | None
    previous_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a member hands in at once."""

    receipt_id: UUID
    audit_id: UUID
    account_id: UUID
    period: Period
    submitted_at: datetime
    source: str
    digest: str
    address: str | None
    readings: tuple[NewReading, ...]


COLUMNS: Final[dict[str, tuple[str, TypeEngine[Any]]]] = {
    "id": ("uuid", Uuid()),
    "register_id": ("uuid", Uuid()),
    "version": ("integer", Integer()),
    "value": ("numeric", Numeric()),
    "taken_at": ("timestamptz", DateTime(timezone=True)),
    "status": ("text", Text()),
    "findings": ("text", Text()),
    "supersedes": ("uuid", Uuid()),
    "previous_id": ("uuid", Uuid()),
}
"""The input's columns, as PostgreSQL and as SQLAlchemy name their types."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a submission."""

    is_recorded: bool
    """False when the world has moved on since the rules looked: look again."""
    told: int = 0
    """How many SMS tell the account's owner that another company has begun to submit."""


_REACH: Final = {
    False: f"{CALLER_HELD}, {LINKED}, {OWN_LINK}",
    True: f"{ACCOUNTS_OWNER}, {CALLER_HELD_LAST}, {FOREIGN_LINK}",
}
"""Who asks and by what link, by whether the account is another company's."""


def _effect(source: str, *, settles: bool, foreign: bool) -> TextClause:
    """Return the statement that records the rows of `source`.

    The caller is held: whoever was removed before records nothing, and a removal waits. A version
    that somebody else took first violates the primary key, which undoes the whole statement; a
    previous reading that has changed since the rules looked stops it (`guard`). A request that
    may be repeated keeps its answer here too (`settled`), or has no effect. Whether the caller's
    company may submit for this account at all is decided here too (`link`).
    """
    keeping, kept = (f"{SETTLED},", ", settled") if settles else ("", "")
    besides = f"{foreign_effects(kept)}," if foreign else ""
    told = "(SELECT count(*) FROM told)" if foreign else "0"
    submitter = "caller.organization_id" if foreign else "NULL"
    details, whose = (FOREIGN_DETAILS, ", company") if foreign else (":details", "")
    return text(f"""
WITH {_REACH[foreign]}, input AS MATERIALIZED ({source}),
guard AS MATERIALIZED (
  SELECT bool_and(previous.id IS NOT DISTINCT FROM input.previous_id) AS holds
    FROM link CROSS JOIN input LEFT JOIN LATERAL (
      SELECT r.id FROM readings r
       WHERE r.organization_id = link.account_organization_id
         AND r.register_id = input.register_id AND r.read_on < {CLOSES_ON}
         AND r.event = 'periodic' AND r.status IN ('accepted', 'in_review')
       ORDER BY r.read_on DESC LIMIT 1
    ) previous ON true
),
{keeping}
receipt AS (
  INSERT INTO reading_receipts
         (organization_id, id, account_id, period, submitted_by, submitted_at, digest)
  SELECT link.account_organization_id, :receipt_id, link.account_id, :period,
         caller.member_id, :caller_now, :digest
    FROM caller, link, guard{kept} WHERE guard.holds
),
superseded AS (
  UPDATE readings r SET status = 'superseded'
    FROM link, input, guard{kept}
   WHERE guard.holds AND r.organization_id = link.account_organization_id
     AND r.register_id = input.register_id AND r.read_on = {CLOSES_ON}
     AND r.version = input.version - 1 AND r.status IN ('accepted', 'in_review')
),
{besides}
audited AS (
  INSERT INTO audit_events
         (organization_id, id, happened_at, action, member_id, session_id, subject_id, address,
          details)
  SELECT caller.organization_id, :audit_id, :caller_now, :action, caller.member_id,
         caller.session_id, :receipt_id, :address, {details}
    FROM caller, link, guard{whose}{kept} WHERE guard.holds
),
inserted AS (
  INSERT INTO readings
         (organization_id, register_id, read_on, period, version, id, value, taken_at, submitted_at,
          submitted_by, submitting_organization_id, source, kind, status, findings, supersedes,
          receipt_id)
  SELECT link.account_organization_id, input.register_id,
         {CLOSES_ON}, :period, input.version, input.id,
         input.value, input.taken_at, :caller_now, caller.member_id, {submitter}, :source,
         'actual', input.status, string_to_array(input.findings, ','), input.supersedes, :receipt_id
    FROM caller, link, input, guard{kept} WHERE guard.holds
  RETURNING 1
)
SELECT (SELECT count(*) FROM inserted) AS inserted, {told} AS told
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("period", type_=Date),
        bindparam("receipt_id", type_=Uuid),
        bindparam("audit_id", type_=Uuid),
        bindparam("digest", type_=Text),
        bindparam("source", type_=Text),
        bindparam("action", type_=Text),
        bindparam("address", type_=Text),
        bindparam("details", type_=JSONB),
        *(SETTLED_BINDS if settles else ()),
        *(foreign_binds() if foreign else ()),
    )


# One row as plain parameters: `unnest` makes PostgreSQL guess a hundred and plan for them.
_ONE: Final = "SELECT " + ", ".join(
    f"CAST(:{name} AS {type_}) AS {name}" for name, (type_, _) in COLUMNS.items()
)
_LISTS: Final = ", ".join(f"CAST(:{name} AS {type_}[])" for name, (type_, _) in COLUMNS.items())
_MANY: Final = f"SELECT * FROM unnest({_LISTS}) AS i({', '.join(COLUMNS)})"  # noqa: S608 - constants
_SINGLE: Final = [bindparam(name, type_=type_) for name, (_, type_) in COLUMNS.items()]
_ARRAYS: Final = [bindparam(name, type_=ARRAY(type_)) for name, (_, type_) in COLUMNS.items()]
EFFECTS: Final = {
    (single, settles, foreign): DirectStatement(
        _effect(_ONE if single else _MANY, settles=settles, foreign=foreign).bindparams(
            *(_SINGLE if single else _ARRAYS)
        )
    )
    for single in (True, False)
    for settles in (True, False)
    for foreign in (True, False)
}
"""By whether there is one reading, the answer is kept, and the account is another company's."""


class ReadingSubmissionStatements(Statements):
    async def record(
        self,
        submission: Submission,
        *,
        credentials: Credentials,
        answer: tuple[Claim, Answer] | None,
        is_own: bool,
    ) -> Recorded:
        """Record readings, what they supersede, the receipt and the audit event; all or nothing."""
        rows = [_row(reading) for reading in submission.readings]
        single = len(rows) == 1
        columns = rows[0] if single else {name: [row[name] for row in rows] for name in COLUMNS}
        values = {
            **caller_values(credentials, submission.submitted_at),
            **columns,
            **(settled_values(*answer) if answer else {}),
            **({} if is_own else foreign_values()),
            "account_id": submission.account_id,
            "period": submission.period.starts_on,
            "receipt_id": submission.receipt_id,
            "audit_id": submission.audit_id,
            "digest": submission.digest,
            "source": submission.source,
            "action": MeteringAction.READINGS_SUBMITTED.value,
            "address": submission.address,
            "details": json.dumps(_details(submission)),
        }
        effect = EFFECTS[single, answer is not None, not is_own]
        try:
            [done] = await effect.fetch(self._connection, values)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "pk_readings":
                return Recorded(is_recorded=False)
            raise
        return Recorded(is_recorded=done.inserted == len(rows), told=done.told)


def _details(submission: Submission) -> dict[str, Any]:
    return {
        "account_id": str(submission.account_id),
        "period": str(submission.period),
        "readings": len(submission.readings),
    }


def _row(reading: NewReading) -> dict[str, Any]:
    return {
        "id": reading.id,
        "register_id": reading.register_id,
        "version": reading.version,
        "value": reading.value,
        "taken_at": reading.taken_at,
        "status": reading.status,
        "findings": ",".join(reading.findings),
        "supersedes": reading.supersedes,
        "previous_id": reading.previous_id,
    }
