from collections.abc import Sequence
from dataclasses import dataclass

from app.database import Database
from app.models.operator_act import RecordedAct
from app.repositories.operator_acts import ActRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorActService:
    database: Database

    async def newest(self, most: int) -> Sequence[RecordedAct]:
        """Return what staff did that concerns no one company, newest first."""
        async with self.database.begin() as transaction:
            return await ActRepository(transaction).newest(most)
