from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.clock import Clock
from app.database import Database
from app.errors import NotFound
from app.models.metering.actions import MeteringAction
from app.models.metering.reading_review import Outcome, ReviewedReading, WaitingReading
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.metering.reading_reviews import ReadingReviewRepository

MOST_SHOWN: Final = 500
"""Readings that wait for somebody, shown at once."""

ACTIONS: Final = {
    Outcome.ACCEPTED: MeteringAction.READING_ACCEPTED,
    Outcome.REJECTED: MeteringAction.READING_REJECTED,
    Outcome.WITHDRAWN: MeteringAction.READING_WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingReviewService:
    """What an operator decides about readings, on the record."""

    database: Database
    clock: Clock

    async def waiting(self, *, limit: int) -> list[WaitingReading]:
        """Show the readings in review, the longest waiting first, and at most 500."""
        async with self.database.begin() as session:
            return await ReadingReviewRepository(session).list_waiting(limit=min(limit, MOST_SHOWN))

    async def decide(self, reading_id: UUID, outcome: Outcome, *, act: OperatorAct) -> bool:
        """Accept or reject a reading in review, or withdraw one that stands; False if done already.

        An accepted reading binds from now on and is energy; another one is neither. The customer
        sees the outcome and the reason. The event stands in the trail of the account's company,
        and of the company that submitted it.

        :raises NotFound: there is no such reading.
        :raises ReadingNotInReview: it does not wait to be accepted or rejected.
        :raises ReadingNotCurrent: it cannot be withdrawn, because it does not stand.
        """
        now = self.clock.now()
        async with self.database.begin() as session:
            reviews = ReadingReviewRepository(session)
            reading = await reviews.lock(reading_id)
            if reading is None:
                raise NotFound
            if reading.is_decided(outcome):
                return False
            await reviews.decide(reading, outcome, reason=act.reason, now=now)
            for company_id in _concerned(reading):
                trail = AuditWriter.of_operator(session, act, company_id, now)
                await trail.record(
                    ACTIONS[outcome],
                    subject_id=reading.id,
                    account_id=str(reading.account_id),
                    read_on=reading.read_on.isoformat(),
                )
        return True


def _concerned(reading: ReviewedReading) -> list[UUID]:
    """Return the company whose account it is, and the one that submitted the reading for it."""
    other = reading.submitting_organization_id
    return [reading.organization_id, *([other] if other else [])]
