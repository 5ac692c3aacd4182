"""Hot statements handed to the driver itself.

Of a hot request's processor time SQLAlchemy's cursor, result and rows take a fifth (200 us);
everything else, the pool and the spelling of the parameters, stays SQLAlchemy's.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import asyncpg as spelling
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import is_lost


class Record(asyncpg.Record):  # type: ignore[misc] # asyncpg ships no types
    """A row whose columns are read like SQLAlchemy's: `row.period`."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class DirectStatement:
    """A statement compiled once, when its module is imported."""

    def __init__(self, statement: TextClause) -> None:
        dialect = spelling.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's own gap
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        """What PostgreSQL reads: `$1` stands for the first of `names`."""
        self.names = tuple(compiled.positiontup or ())

    async def fetch(self, connection: AsyncConnection, values: Mapping[str, Any]) -> list[Any]:
        """Return the rows, on a connection where each statement is its own transaction."""
        pooled = await connection.get_raw_connection()
        driver: Any = pooled.driver_connection
        arguments = [values[name] for name in self.names]
        try:
            rows: list[Any] = await driver.fetch(self.sql, *arguments, record_class=Record)
        except BaseException as error:
            # The pool notices a lost connection only when SQLAlchemy itself trips over it. After a
            # cancellation nobody waits for the answer that is still to come on this one.
            if isinstance(error, asyncio.CancelledError) or is_lost(error):
                await connection.invalidate()
            raise
        return rows
