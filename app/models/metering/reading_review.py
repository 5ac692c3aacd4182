"""What the operator decides about a reading, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.errors import Conflict
from app.models.metering.reading import CURRENT, Status


class Outcome(StrEnum):
    """What became of a reading that somebody looked at; the names are public."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """It stood, and the operator has taken it back."""


STATUS_AFTER: Final = {
    Outcome.ACCEPTED: Status.ACCEPTED,
    Outcome.REJECTED: Status.REJECTED,
    Outcome.WITHDRAWN: Status.REJECTED,
}
DECIDED_ABOUT: Final = {
    Outcome.ACCEPTED: frozenset({Status.IN_REVIEW}),
    Outcome.REJECTED: frozenset({Status.IN_REVIEW}),
    Outcome.WITHDRAWN: CURRENT,
}
"""The statuses in which a reading must be."""


class ReadingNotInReview(Conflict):
    """Another decision was made, or a later value has taken the reading's place."""

    code = "reading_not_in_review"


class ReadingNotCurrent(Conflict):
    """The reading counts for nothing any more, so there is nothing to withdraw."""

    code = "reading_not_current"


@dataclass(frozen=True, slots=True)
class Review:
    """A decision as the customer sees it."""

    outcome: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedReading:
    """A reading that is to be decided about, with its register locked."""

    id: UUID
    organization_id: UUID
    register_id: UUID
    account_id: UUID
    read_on: date
    status: str
    outcome: str | None
    submitting_organization_id: UUID | None

    def is_decided(self, outcome: Outcome) -> bool:
        """Tell whether the decision has been made already, so that there is nothing to do.

        :raises ReadingNotInReview: the reading does not wait to be accepted or rejected.
        :raises ReadingNotCurrent: it cannot be withdrawn, because it does not stand.
        """
        if self.outcome == outcome and self.status == STATUS_AFTER[outcome]:
            return True
        if self.status in DECIDED_ABOUT[outcome]:
            return False
        refusal = ReadingNotCurrent if outcome is Outcome.WITHDRAWN else ReadingNotInReview
        raise refusal(status=self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReading:
    """A reading in review, as the operator sees it."""

    id: UUID
    tax_id: str
    company: str
    account_number: str
    meter_serial: str
    register_code: str
    read_on: date
    value: Decimal
    energy: Decimal | None
    """In kWh or kvarh, since the last value that binds."""
    findings: tuple[str, ...]
    submitted_at: datetime
    submitted_by_tax_id: str | None
    """Another company that submitted it."""
