from typing import Final

from sqlalchemy import text

from app.repositories.base import Statements

TOUCH: Final = text("SELECT 1")


class HealthView(Statements):
    async def touch(self) -> None:
        """Run a statement that does nothing, to see whether the database answers."""
        await self._connection.execute(TOUCH)
