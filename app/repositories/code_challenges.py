from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.models import CodeChallenge
from app.models.code_challenge import MAX_ATTEMPTS, Purpose
from app.repositories.base import Repository


class CodeChallengeRepository(Repository):
    def add(self, challenge: CodeChallenge) -> None:
        self._session.add(challenge)

    async def lock(self, subject_id: UUID, *, purpose: Purpose) -> CodeChallenge | None:
        return await self._session.scalar(
            select(CodeChallenge)
            .where(CodeChallenge.subject_id == subject_id, CodeChallenge.purpose == purpose)
            .with_for_update()
        )

    async def count_guess(
        self, subject_id: UUID, *, purpose: Purpose, now: datetime
    ) -> CodeChallenge | None:
        """Take one of the guesses that are left; None when there is none to take (O1)."""
        return await self._session.scalar(
            update(CodeChallenge)
            .where(
                CodeChallenge.subject_id == subject_id,
                CodeChallenge.purpose == purpose,
                CodeChallenge.used_at.is_(None),
                CodeChallenge.attempts < MAX_ATTEMPTS,
                CodeChallenge.expires_at > now,
            )
            .values(attempts=CodeChallenge.attempts + 1)
            .returning(CodeChallenge)
        )

    async def use(self, challenge_id: UUID, *, now: datetime) -> bool:
        """Spend a code whose digits were right; False when it has been spent already (O4)."""
        done = await self._session.scalar(
            update(CodeChallenge)
            .where(CodeChallenge.id == challenge_id, CodeChallenge.used_at.is_(None))
            .values(used_at=now)
            .returning(CodeChallenge.id)
        )
        return done is not None
