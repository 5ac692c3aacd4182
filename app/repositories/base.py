from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession


class Repository:
    """SQL about one noun, inside the caller's transaction. Repositories never commit."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session


class View:
    """Single statements of a hot path, on a connection where each is its own transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
