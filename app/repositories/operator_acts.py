"""What staff do that concerns no one company, kept in the transaction of the deed."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.operator_act import RecordedAct
from app.origin import OperatorAct
from app.repositories.base import Repository


class ActWriter(Repository):
    """Records deeds of one person, done for one reason."""

    def __init__(self, session: AsyncSession, act: OperatorAct, now: datetime) -> None:
        super().__init__(session)
        self._act = act
        self._now = now

    def record(self, deed: StrEnum, **details: Any) -> None:
        """Record what was done; `details` are plain values of JSON."""
        self._session.add(
            RecordedAct(
                done_at=self._now,
                deed=deed.value,
                operator=self._act.operator,
                reason=self._act.reason,
                details=details,
            )
        )


class ActRepository(Repository):
    async def newest(self, most: int) -> Sequence[RecordedAct]:
        newest = select(RecordedAct).order_by(RecordedAct.done_at.desc(), RecordedAct.id.desc())
        return (await self._session.scalars(newest.limit(most))).all()
