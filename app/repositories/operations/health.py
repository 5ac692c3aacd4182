from typing import Final

from sqlalchemy import text

from app.repositories.base import View

TOUCH: Final = text("SELECT 1")


class HealthView(View):
    async def touch(self) -> None:
        """Ask the database for a sign of life."""
        await self._connection.execute(TOUCH)
