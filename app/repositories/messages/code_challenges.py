from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.models.limits import Limits
from app.models.limits.kinds import LimitState, LimitUse, require
from app.models.messages.code_challenge import MAX_ATTEMPTS, CodeChallenge, CodeRejected, Purpose
from app.models.messages.message import Message
from app.repositories.base import Repository
from app.repositories.limits import LimitRepository
from app.repositories.messages.messages import MessageRepository

Sent = tuple[list[Message], tuple[LimitState, ...]]
"""The messages that carry the codes, and how the sender stands with the limits on sending."""


class CodeChallengeRepository(Repository):
    """Codes are sent, sent again, guessed at and used in one way, whatever they open.

    A guess has two steps with a commit between them, counting and `judge`: so neither a refusal
    nor a closed connection nor a crash gives a guess back (security.md O1).
    """

    def add(self, challenge: CodeChallenge) -> None:
        self._session.add(challenge)

    async def send(
        self,
        *challenges: CodeChallenge,
        locale: str,
        uses: Sequence[LimitUse],
        now: datetime,
        facts: dict[str, Any] | None = None,
    ) -> Sent:
        """Put new codes on their way to their phones.

        :raises TooManyAttempts: too many codes (O8, O9).
        """
        self._session.add_all(challenges)
        return await self._queue(challenges, locale, uses, now, facts)

    async def resend(
        self,
        *challenges: CodeChallenge,
        locale: str,
        uses: Sequence[LimitUse],
        now: datetime,
        facts: dict[str, Any] | None = None,
    ) -> Sent:
        """Send the same codes again; locked before, so that of two at once one finds it too soon.

        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: sent as often as they may be, or too many codes (O8, O9).
        """
        for challenge in challenges:
            challenge.resend(now)
        return await self._queue(challenges, locale, uses, now, facts)

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

    async def count_guesses(
        self,
        subject_id: UUID,
        *purposes: Purpose,
        limits: Limits,
        account_id: UUID | None = None,
        now: datetime,
    ) -> list[CodeChallenge]:
        """Take a guess at each of a subject's codes; none if there is none to take at one (O1).

        :raises TooManyAttempts: too many guesses about this phone or account in a day (O2).
        """
        counted = [
            await self.count_guess(subject_id, purpose=purpose, now=now) for purpose in purposes
        ]
        challenges = [challenge for challenge in counted if challenge is not None]
        if len(challenges) < len(purposes):
            return []
        uses = [
            use
            for challenge in challenges
            for use in limits.guessing(
                Purpose(challenge.purpose), phone=challenge.phone, account_id=account_id
            )
        ]
        require(await LimitRepository(self._session).spend(uses, now=now))
        return challenges

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

    async def use(self, *challenges: CodeChallenge, now: datetime) -> None:
        """Spend codes whose digits were right.

        :raises CodeRejected: one has been spent already: of many who hold it, one wins (O4).
        """
        for challenge in challenges:
            done = await self._session.scalar(
                update(CodeChallenge)
                .where(CodeChallenge.id == challenge.id, CodeChallenge.used_at.is_(None))
                .values(used_at=now)
                .returning(CodeChallenge.id)
            )
            if done is None:
                raise CodeRejected(attempts_left=0)

    async def _queue(
        self,
        challenges: Iterable[CodeChallenge],
        locale: str,
        uses: Sequence[LimitUse],
        now: datetime,
        facts: dict[str, Any] | None,
    ) -> Sent:
        messages = [
            Message.carrying(each, locale=locale, now=now, facts=facts) for each in challenges
        ]
        await MessageRepository(self._session).queue_all(messages)
        return messages, require(await LimitRepository(self._session).spend(uses, now=now))
