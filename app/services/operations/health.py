import asyncio
from typing import Final

from app.database import Database
from app.errors import Busy, DatabaseUnavailable, Unavailable
from app.repositories.operations.health import HealthView

PATIENCE: Final = 2.0
"""Seconds; a balancer that waits longer asks again anyway."""


class Draining(Unavailable):
    """The process is about to stop; requests belong elsewhere."""

    code = "draining"


class HealthService:
    """Tells whether this process can serve requests."""

    def __init__(self, *, database: Database, patience: float = PATIENCE) -> None:
        self._database = database
        self._patience = patience
        self.is_draining = False

    async def require_ready(self) -> None:
        """Return when this process can serve, however busy it is.

        A process without a free connection is at work: taken out of the balancer, it would leave
        its share to neighbours that are as busy. The database is therefore asked on a connection
        of its own, where no request waits.

        :raises Draining, DatabaseUnavailable:
        """
        if self.is_draining:
            raise Draining(retry_after=5)
        try:
            async with asyncio.timeout(self._patience), self._database.connect() as connection:
                await HealthView(connection).touch()
        except Busy:
            return
        except TimeoutError:
            raise DatabaseUnavailable(retry_after=2) from None

    def drain(self) -> None:
        """Answer from now on that this process takes no more requests."""
        self.is_draining = True
