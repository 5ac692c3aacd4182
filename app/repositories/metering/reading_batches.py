"""Recording the readings of a batch, part by part, in one transaction that holds all it needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access import Credentials
from app.models.base import new_id
from app.models.messages.message import Delivery, Notice
from app.models.metering.actions import MeteringAction
from app.repositories.base import Statements
from app.repositories.callers import caller_values
from app.repositories.metering.batch_statements import (
    HOLD,
    PREFIX,
    READING_COLUMNS,
    RECEIPT_COLUMNS,
    WRITE,
)
from app.repositories.metering.reading_submissions import (
    Recorded,
    Submission,
    details_text,
    reading_row,
)


class ReadingBatchStatements(Statements):
    """Statements within one transaction; `hold` comes first."""

    async def hold(
        self, account_of: Mapping[UUID, UUID], *, credentials: Credentials, now: datetime
    ) -> dict[UUID, int]:
        """Keep everybody else from writing about these registers until the transaction ends.

        :param account_of: the account of each register.
        :return: the revision of each register that the caller may still submit for.
        """
        asked = {
            "account_ids": list(set(account_of.values())),
            "register_ids": list(account_of),
            "register_accounts": list(account_of.values()),
        }
        rows = await self._connection.execute(HOLD, caller_values(credentials, now) | asked)
        return {row.id: row.revision for row in rows}

    async def record(
        self, submissions: Sequence[Submission], *, credentials: Credentials
    ) -> Recorded:
        """Record submissions of one moment and origin, one for each account, all that was held."""
        readings = [
            {"receipt": submission.receipt_id, **reading_row(reading)}
            for submission in submissions
            for reading in submission.readings
        ]
        first = submissions[0]
        values = {
            **caller_values(credentials, first.submitted_at),
            **_columns([_receipt(each) for each in submissions], RECEIPT_COLUMNS),
            **_columns(readings, READING_COLUMNS, PREFIX),
            "source": first.source,
            "action": MeteringAction.READINGS_SUBMITTED.value,
            "address": first.address,
            "template": Notice.FIRST_READINGS_BY_OTHERS.value,
            "queued": Delivery.QUEUED.value,
        }
        [done] = await WRITE.fetch(self._connection, values)
        return Recorded(is_recorded=done.inserted == len(readings), told=done.told)


def _receipt(submission: Submission) -> dict[str, Any]:
    return {
        "account_id": submission.account_id,
        "receipt_id": submission.receipt_id,
        "audit_id": submission.audit_id,
        "owners_audit_id": new_id(),
        "message_id": new_id(),
        "period": submission.period.starts_on,
        "digest": submission.digest,
        "details": details_text(submission),
    }


def _columns(
    rows: Sequence[Mapping[str, Any]], names: Mapping[str, Any], prefix: str = ""
) -> dict[str, list[Any]]:
    return {f"{prefix}{name}": [row[name] for row in rows] for name in names}
