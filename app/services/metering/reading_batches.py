from dataclasses import dataclass

from app.access import Credentials
from app.database import Transaction
from app.models.idempotency_key import PendingAnswer
from app.models.metering.reading_batch import ItemVerdict, ReadingBatch
from app.origin import Origin
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.services.metering.batch_outcomes import SubmittedBatch
from app.services.metering.batch_recording import BatchRecorder, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBatchService:
    """Takes readings of many accounts at once; see `BatchRecorder`.

    When a request breaks off, the same batch again finds the readings of whole parts unchanged.
    """

    recorder: BatchRecorder

    async def submit(
        self,
        credentials: Credentials,
        batch: ReadingBatch,
        *,
        origin: Origin,
        once: PendingAnswer[SubmittedBatch] | None = None,
    ) -> SubmittedBatch:
        """Take the readings that may stand, and say of each item what became of it.

        :raises PermissionMissing: the member may not submit readings.
        :raises Busy: others write about the same registers all the time.
        :raises IdempotencyInProgress: the request's claim on its key has ended meanwhile.
        """
        asking = self.recorder.asking(credentials, batch, origin)
        verdicts = [ItemVerdict(index, item) for index, item in enumerate(batch.items)]
        submitted = SubmittedBatch(
            period=asking.window.period, mode=batch.mode, dry_run=batch.dry_run, verdicts=verdicts
        )

        async def keep(session: Transaction, _: Part, /, *, is_last: bool) -> None:
            if is_last:
                await IdempotencyKeyRepository(session).settle(once, submitted)

        await self.recorder.place(asking, verdicts)
        await self.recorder.record(asking, submitted, keep)
        await self.recorder.tell(asking, submitted)
        return submitted
