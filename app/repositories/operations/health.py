from typing import Final

from sqlalchemy import text

from app.repositories.base import Statements

TOUCH: Final = text("SELECT 1")


class HealthView(Statements):
    async def touch(self) -> None:
        """Ask the database for a sign of life."""
        await self._connection.execute(TOUCH)
