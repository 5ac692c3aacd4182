import asyncio
from typing import Final

from app.database import Database, DatabaseUnavailable
from app.errors import Unavailable
from app.repositories.health import HealthView

__all__ = ["DatabaseUnavailable", "Draining", "HealthService"]

PATIENCE: Final = 2.0
"""Seconds; a balancer that waits longer asks again anyway."""


class Draining(Unavailable):
    """The process is about to stop; requests belong elsewhere."""

    code = "draining"


class HealthService:
    def __init__(self, *, database: Database, patience: float = PATIENCE) -> None:
        self._database = database
        self._patience = patience
        self.is_draining = False

    async def require_ready(self) -> None:
        """Return when this process can serve.

        :raises Draining, DatabaseUnavailable, Busy:
        """
        if self.is_draining:
            raise Draining(retry_after=5)
        try:
            async with asyncio.timeout(self._patience), self._database.connect() as connection:
                await HealthView(connection).touch()
        except TimeoutError:
            raise DatabaseUnavailable(retry_after=2) from None

    def drain(self) -> None:
        """Tell whoever asks that this process takes no more work."""
        self.is_draining = True
