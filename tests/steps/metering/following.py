"""Following the changes of readings, while other tests use the same server."""

from sqlalchemy import text

from app.database import Database
from tests.worker.processes import until

_MINE = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
_OLDEST = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


async def everything_is_told(database: Database) -> None:
    """Wait until no transaction is under way that began to write before now.

    The server gives one sequence of numbers to all its databases: what other tests write holds the
    changes back, as it should.
    """
    async with database.begin() as transaction:
        mine = await transaction.scalar(_MINE)

    async def is_the_past() -> bool:
        async with database.connect() as connection:
            return bool(await connection.scalar(_OLDEST) > mine)

    await until(is_the_past)
