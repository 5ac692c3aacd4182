"""Background work: what is to be done, written in the same transaction as the reason for it."""

from datetime import datetime, timedelta
from typing import Any, Final, NewType, cast
from uuid import UUID

from pgqueuer.ports.driver import Driver
from pgqueuer.queries import Queries
from sqlalchemy import CursorResult, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.metrics import Waiting
from app.repositories.base import Repository

Job = NewType("Job", str)
"""The name of a use case; each subject lists its own."""


_WAITING: Final = text("""
SELECT count(*), coalesce(extract(epoch FROM :now - min(execute_after)), 0)::float8
  FROM pgqueuer WHERE status = 'queued' AND execute_after <= :now
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))


class SessionDriver:
    """The part of PgQueuer's driver that enqueueing needs, over an open transaction.

    So a job commits, or vanishes, with the rest of the transaction.

    Never give PgQueuer the raw connection instead: SQLAlchemy begins its transaction lazily, and
    a job written before that survives the rollback.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return [dict(row) for row in (await self._run(query, args)).mappings()]

    async def _run(self, query: str, args: tuple[object, ...]) -> CursorResult[Any]:
        connection = await self._session.connection()
        return await connection.exec_driver_sql(query, args)


class JobRepository(Repository):
    """PgQueuer's queue. A job carries an id and nothing else: no phone, no text, no code (O6)."""

    async def enqueue(self, job: Job, subject_id: UUID, *, after: timedelta | None = None) -> None:
        driver = cast("Driver", SessionDriver(self._session))
        await Queries(driver).enqueue(job, str(subject_id).encode(), execute_after=after)

    async def waiting(self, now: datetime) -> Waiting:
        """Return how many jobs are due that nobody has picked, and since when."""
        count, oldest = (await self._session.execute(_WAITING, {"now": now})).one()
        return Waiting(count, oldest)
