from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.access import Credentials, alive
from app.models.idempotency_key import (
    Answer,
    Claim,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    PendingAnswer,
)
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository, IdempotencyKeyStatements
from app.security.secrets import TokenUnreadable
from app.services.context import Context

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyService:
    """Lets a client repeat a request whose answer it never saw, without doing it twice (R3).

    The claim on a key is committed first; the answer commits with the effect, in the use case's
    own transaction. A request that dies in between has had no effect, and its key is free again
    when the lease ends.
    """

    context: Context

    async def claim(
        self,
        *,
        scope: str,
        key: str,
        request: bytes,
        credentials: Credentials | None,
        answered: Callable[[Result], Answer],
    ) -> PendingAnswer[Result] | Answer:
        """Return the right to carry the request out, or the answer it had the first time.

        A member hears it only while their session lasts: what it said may be theirs no more.

        :raises SessionEnded: the session has been ended since.
        :raises IdempotencyKeyReused: the key belongs to another request.
        :raises IdempotencyInProgress: the first request is still running.
        """
        claim = Claim(scope, key, self.context.clock.now())
        fingerprint = self.context.secret_key.fingerprint(request)
        async with self.context.database.connect() as connection:
            keys = IdempotencyKeyStatements(connection)
            is_ours = await keys.claim(claim, fingerprint)
            known = None if is_ours else await keys.get(claim)
        if is_ours:
            return PendingAnswer(claim, lambda result: self._sealed(claim, answered(result)))
        if credentials is not None:
            async with self.context.database.begin() as transaction:
                alive(await CallerRepository(transaction).see(credentials, now=claim.claimed_at))
        if known is None:  # released between the two statements
            raise IdempotencyInProgress
        if not self.context.secret_key.is_fingerprint(known.fingerprint, request):
            raise IdempotencyKeyReused
        if known.status is None or known.body is None:
            raise IdempotencyInProgress
        try:
            return Answer(
                known.status, self.context.secret_key.decrypt(known.body, about=_about(claim))
            )
        except TokenUnreadable:
            # The server's key has changed since: the answer is lost, and so is the client's key.
            raise IdempotencyKeyReused from None

    async def release(self, claim: Claim) -> None:
        """Delete a claim after a refusal, so that the next try is carried out."""
        async with self.context.database.begin() as transaction:
            await IdempotencyKeyRepository(transaction).release(claim)

    def _sealed(self, claim: Claim, answer: Answer) -> Answer:
        return Answer(
            answer.status, self.context.secret_key.encrypt(answer.body, about=_about(claim))
        )


def _about(claim: Claim) -> bytes:
    return f"{claim.scope}\n{claim.key}".encode()
