"""Codes are sent, sent again, guessed at and used in one way, whatever they open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from app.database import Transaction
from app.models.limits import Limits
from app.models.limits.kinds import LimitState, LimitUse, require
from app.models.messages.code_challenge import CodeChallenge, CodeRejected, Purpose, judge
from app.models.messages.message import Message
from app.repositories.limits import LimitRepository
from app.repositories.messages.code_challenges import CodeChallengeRepository
from app.repositories.messages.messages import MessageRepository
from app.services.context import Context

Sent = tuple[list[Message], tuple[LimitState, ...]]
"""The messages that carry the codes, and how the sender stands with the limits on sending."""


class Sending(TypedDict):
    """How codes go to their phones, for `send` and `resend`."""

    locale: str
    uses: Sequence[LimitUse]
    """The limits that the sending uses."""
    facts: NotRequired[dict[str, Any]]
    """What the text names beside the code."""


@dataclass(frozen=True, slots=True)
class Codes:
    """What a use case does about its codes, within its own transaction.

    A guess has two steps with a commit between them, counting and `judge`: so neither a refusal
    nor a closed connection nor a crash gives a guess back (security.md O1).
    """

    transaction: Transaction
    now: datetime

    async def send(self, *challenges: CodeChallenge, **sending: Unpack[Sending]) -> Sent:
        """Put new codes on their way to their phones.

        :raises TooManyAttempts: too many codes (O8, O9).
        """
        self._challenges.add(*challenges)
        return await self._queue(challenges, **sending)

    async def resend(self, *challenges: CodeChallenge, **sending: Unpack[Sending]) -> Sent:
        """Send the same codes again; locked before, so that of two at once one finds it too soon.

        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: sent as often as they may be, or too many codes (O8, O9).
        """
        for challenge in challenges:
            challenge.resend(self.now)
        return await self._queue(challenges, **sending)

    async def take_guess(self, subject_id: UUID, purpose: Purpose) -> CodeChallenge:
        """Take one of the guesses that are left (O1); the caller counts it for its limits.

        :raises CodeRejected: there is none to take: used, expired, or out of guesses.
        """
        challenge = await self._challenges.count_guess(subject_id, purpose=purpose, now=self.now)
        if challenge is None:
            raise CodeRejected(attempts_left=0)
        return challenge

    async def take_guesses(
        self,
        subject_id: UUID,
        *purposes: Purpose,
        limits: Limits,
        on_file_of: UUID | None = None,
    ) -> list[CodeChallenge]:
        """Take a guess at each of a subject's codes; none if there is none to take at one (O1).

        `on_file_of` is the company of a sign-up whose phone is on its file.

        :raises TooManyAttempts: too many guesses about this phone in a day (O2).
        """
        counted = [
            await self._challenges.count_guess(subject_id, purpose=purpose, now=self.now)
            for purpose in purposes
        ]
        challenges = [challenge for challenge in counted if challenge is not None]
        if len(challenges) < len(purposes):
            return []
        uses = [
            limits.guessing(Purpose(each.purpose), phone=each.phone, on_file_of=on_file_of)
            for each in challenges
        ]
        require(await LimitRepository(self.transaction).spend(uses, now=self.now))
        return challenges

    async def use(self, *challenges: CodeChallenge) -> None:
        """Use codes whose digits were right.

        :raises CodeRejected: one has been used already: of many who hold it, one wins (O4).
        """
        for challenge in challenges:
            if not await self._challenges.mark_used(challenge, now=self.now):
                raise CodeRejected(attempts_left=0)

    @property
    def _challenges(self) -> CodeChallengeRepository:
        return CodeChallengeRepository(self.transaction)

    async def _queue(self, challenges: Iterable[CodeChallenge], **sending: Unpack[Sending]) -> Sent:
        locale, facts = sending["locale"], sending.get("facts")
        messages = [
            Message.carrying(each, locale=locale, now=self.now, facts=facts) for each in challenges
        ]
        await MessageRepository(self.transaction).queue_all(messages)
        standings = await LimitRepository(self.transaction).spend(sending["uses"], now=self.now)
        return messages, require(standings)


async def guess(
    context: Context,
    subject_id: UUID,
    purpose: Purpose,
    code: str,
    *,
    now: datetime,
    on_file_of: UUID | None = None,
) -> CodeChallenge:
    """Guess at a subject's only code: the guess is counted and committed, then judged.

    :raises CodeRejected: with the guesses that are left.
    :raises TooManyAttempts: too many guesses about this phone in a day (O2).
    """
    async with context.database.begin() as transaction:
        codes = Codes(transaction, now)
        challenges = await codes.take_guesses(
            subject_id, purpose, limits=context.limits, on_file_of=on_file_of
        )
    judge(challenges, code, secret_key=context.secret_key)
    return challenges[0]
