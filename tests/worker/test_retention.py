from datetime import timedelta

from sqlalchemy import text

from app.database import Database
from app.services.retention import AT_ONCE, RetentionService
from tests.fakes.clock import FrozenClock

DONE = text("""
INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)
SELECT :done_at, job, 'successful', 0, 'send_message' FROM generate_series(1, :jobs) job
""")


async def test_finished_jobs_are_forgotten_after_a_week(
    database: Database, clock: FrozenClock
) -> None:
    week = timedelta(days=7)
    async with database.begin() as session:
        for age, jobs in ((week + timedelta(seconds=1), AT_ONCE + 1), (week, 2)):
            await session.execute(DONE, {"done_at": clock.now() - age, "jobs": jobs})
    retention = RetentionService(database=database, clock=clock)

    assert await retention.forget_finished_jobs() == AT_ONCE + 1
    assert await retention.forget_finished_jobs() == 0

    async with database.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM pgqueuer_log")) == 2
