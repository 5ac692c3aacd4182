from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.models.messages.code_challenge import MAX_ATTEMPTS, CodeChallenge, Purpose
from app.repositories.base import Repository


class CodeChallengeRepository(Repository):
    def add(self, *challenges: CodeChallenge) -> None:
        self._session.add_all(challenges)

    async def lock(self, subject_id: UUID, *, purpose: Purpose) -> CodeChallenge | None:
        return await self._session.scalar(
            select(CodeChallenge)
            .where(CodeChallenge.subject_id == subject_id, CodeChallenge.purpose == purpose)
            .with_for_update(key_share=True)
        )

    async def lock_all(self, subject_id: UUID, purposes: Sequence[Purpose]) -> list[CodeChallenge]:
        """Return all the codes of a subject that has several, in the order of the purposes."""
        found = await self._session.scalars(
            select(CodeChallenge)
            .where(CodeChallenge.subject_id == subject_id, CodeChallenge.purpose.in_(purposes))
            .order_by(CodeChallenge.id)
            .with_for_update(key_share=True)
        )
        return sorted(found, key=lambda challenge: purposes.index(Purpose(challenge.purpose)))

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

    async def mark_used(self, challenge: CodeChallenge, *, now: datetime) -> bool:
        """Mark a code as used; False when somebody else has used it already."""
        done = await self._session.scalar(
            update(CodeChallenge)
            .where(CodeChallenge.id == challenge.id, CodeChallenge.used_at.is_(None))
            .values(used_at=now)
            .returning(CodeChallenge.id)
        )
        return done is not None
