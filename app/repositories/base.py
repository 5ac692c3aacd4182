from sqlalchemy import inspect, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.base import Base


class Repository:
    """SQL about one noun, inside the caller's transaction. Repositories never commit."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def _insert(self, row: Base) -> bool:
        """Insert a row; False when a unique constraint finds that somebody was faster."""
        table = type(row)
        values = {each.key: getattr(row, each.key) for each in inspect(table).column_attrs}
        done = await self._session.scalar(
            insert(table).values(values).on_conflict_do_nothing().returning(literal(1))
        )
        return done is not None


class Statements:
    """Single statements of a hot path, on a connection where each is its own transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
