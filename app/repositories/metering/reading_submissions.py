"""Recording readings: all of them, or none."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.access import Credentials
from app.models.idempotency_key import Answer, Claim
from app.models.metering.actions import MeteringAction
from app.models.period import Period
from app.repositories.base import Statements
from app.repositories.callers import caller_values
from app.repositories.idempotency_keys import settled_values
from app.repositories.metering.foreign_submissions import foreign_values
from app.repositories.metering.submission_statements import COLUMNS, EFFECTS, HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReading:
    """A reading that is to be recorded, and what was known when it was judged."""

    id: UUID
    register_id: UUID
    revision: int
    """The register's, as the rules saw it: whoever writes about a register raises it."""
    read_on: date
    event: str
    version: int
    value: Decimal
    taken_at: datetime
    status: str
    findings: tuple[str, ...]
    supersedes: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a member hands in at once."""

    receipt_id: UUID
    audit_id: UUID
    account_id: UUID
    period: Period
    windows_version: int
    """Of the windows that the rules went by."""
    submitted_at: datetime
    source: str
    digest: str
    address: str | None
    readings: tuple[NewReading, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a submission."""

    is_recorded: bool
    """False when the world has moved on since the rules looked: look again."""
    told: int = 0
    """How many SMS tell the account's owner that another company has begun to submit."""


class ReadingSubmissionStatements(Statements):
    async def hold(
        self,
        account_id: UUID,
        register_ids: list[UUID],
        *,
        credentials: Credentials,
        now: datetime,
        is_own: bool,
    ) -> None:
        """Keep everybody else from writing about these registers until the transaction ends."""
        asked = {"account_id": account_id, "register_ids": register_ids}
        await self._connection.execute(HOLD[not is_own], caller_values(credentials, now) | asked)

    async def record(
        self,
        submission: Submission,
        *,
        credentials: Credentials,
        answer: tuple[Claim, Answer] | None,
        is_own: bool,
    ) -> Recorded:
        """Record readings, what they supersede, the receipt and the audit event; all or nothing."""
        rows = [reading_row(reading) for reading in submission.readings]
        single = len(rows) == 1
        columns = rows[0] if single else {name: [row[name] for row in rows] for name in COLUMNS}
        values = {
            **caller_values(credentials, submission.submitted_at),
            **columns,
            **(settled_values(*answer) if answer else {}),
            **({} if is_own else foreign_values()),
            "account_id": submission.account_id,
            "period": submission.period.starts_on,
            "windows_version": submission.windows_version,
            "receipt_id": submission.receipt_id,
            "audit_id": submission.audit_id,
            "digest": submission.digest,
            "source": submission.source,
            "action": MeteringAction.READINGS_SUBMITTED.value,
            "address": submission.address,
            "details": details_text(submission),
        }
        effect = EFFECTS[single, answer is not None, not is_own]
        [done] = await effect.fetch(self._connection, values)
        return Recorded(is_recorded=done.inserted == len(rows), told=done.told)


def details_text(submission: Submission) -> str:
    """Return what the audit trail tells of a submission, as JSON."""
    return json.dumps(
        {
            "account_id": str(submission.account_id),
            "period": str(submission.period),
            "readings": len(submission.readings),
        }
    )


def reading_row(reading: NewReading) -> dict[str, Any]:
    return {
        "id": reading.id,
        "register_id": reading.register_id,
        "revision": reading.revision,
        "read_on": reading.read_on,
        "event": reading.event,
        "version": reading.version,
        "value": reading.value,
        "taken_at": reading.taken_at,
        "status": reading.status,
        "findings": ",".join(reading.findings),
        "supersedes": reading.supersedes,
    }
