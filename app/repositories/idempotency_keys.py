from typing import Any, Final

from sqlalchemy import (
    DateTime,
    Integer,
    LargeBinary,
    Row,
    Text,
    bindparam,
    delete,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.idempotency_key import (
    KEPT_FOR,
    LEASE,
    Answer,
    Claim,
    IdempotencyInProgress,
    IdempotencyKey,
    PendingAnswer,
    Result,
)
from app.repositories.base import Repository, Statements
from app.repositories.direct import DirectStatement

SETTLED: Final = """
settled AS (
  UPDATE idempotency_keys k SET status = :answer_status, body = :answer_body
    FROM guard
   WHERE guard.holds AND k.scope = :claim_scope AND k.key = :claim_key
     AND k.claimed_at = :claim_at AND k.status IS NULL
  RETURNING 1
)"""
"""A CTE of a write in one statement: the answer is kept if the effect is, and only then."""

SETTLED_BINDS: Final = (
    bindparam("answer_status", type_=Integer),
    bindparam("answer_body", type_=LargeBinary),
    bindparam("claim_scope", type_=Text),
    bindparam("claim_key", type_=Text),
    bindparam("claim_at", type_=DateTime(timezone=True)),
)
_SETTLE: Final = text(
    f"WITH guard AS (SELECT true AS holds), {SETTLED} SELECT count(*) FROM settled"  # noqa: S608 - constants
).bindparams(*SETTLED_BINDS)

_CLAIM: Final = DirectStatement(
    text("""
INSERT INTO idempotency_keys AS k (scope, key, fingerprint, claimed_at)
VALUES (:scope, :key, :fingerprint, :claimed_at)
ON CONFLICT (scope, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, claimed_at = excluded.claimed_at,
       status = NULL, body = NULL
 WHERE k.claimed_at <= :kept_since OR (k.status IS NULL AND k.claimed_at <= :leased_since)
RETURNING 1
""").bindparams(
        bindparam("scope", type_=Text),
        bindparam("key", type_=Text),
        bindparam("fingerprint", type_=LargeBinary),
        bindparam("claimed_at", type_=DateTime(timezone=True)),
        bindparam("kept_since", type_=DateTime(timezone=True)),
        bindparam("leased_since", type_=DateTime(timezone=True)),
    )
)


def settled_values(claim: Claim, answer: Answer) -> dict[str, Any]:
    return {
        "answer_status": answer.status,
        "answer_body": answer.body,
        "claim_scope": claim.scope,
        "claim_key": claim.key,
        "claim_at": claim.claimed_at,
    }


class IdempotencyKeyRepository(Repository):
    async def settle(self, once: PendingAnswer[Result] | None, result: Result) -> None:
        """Keep the answer with the effect, if the client may repeat the request.

        :raises IdempotencyInProgress: the lease has ended and somebody else has taken over.
        """
        await _settle(self._session, once, result)

    async def release(self, claim: Claim) -> None:
        """Delete the claim of a request that was refused: nothing is kept of it."""
        await self._session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.scope == claim.scope,
                IdempotencyKey.key == claim.key,
                IdempotencyKey.claimed_at == claim.claimed_at,
                IdempotencyKey.status.is_(None),
            )
        )


class IdempotencyKeyStatements(Statements):
    async def claim(self, claim: Claim, fingerprint: bytes) -> bool:
        """Claim a key that is new, too old, or whose claim has ended without an answer."""
        values = {
            "scope": claim.scope,
            "key": claim.key,
            "fingerprint": fingerprint,
            "claimed_at": claim.claimed_at,
            "kept_since": claim.claimed_at - KEPT_FOR,
            "leased_since": claim.claimed_at - LEASE,
        }
        return bool(await _CLAIM.fetch(self._connection, values))

    async def get(self, claim: Claim) -> Row[bytes, int | None, bytes | None] | None:
        """Return whose key it is, `fingerprint`, and the answer, `status` and `body`, if known."""
        found = await self._connection.execute(
            select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(
                IdempotencyKey.scope == claim.scope, IdempotencyKey.key == claim.key
            )
        )
        return found.one_or_none()

    async def settle(self, once: PendingAnswer[Result] | None, result: Result) -> None:
        """Keep the answer to a request that had no effect to commit.

        :raises IdempotencyInProgress: the lease has ended and somebody else has taken over.
        """
        await _settle(self._connection, once, result)


async def _settle(
    where: AsyncSession | AsyncConnection, once: PendingAnswer[Result] | None, result: Result
) -> None:
    if once is None:
        return
    values = settled_values(once.claim, once.sealed(result))
    if not await where.scalar(_SETTLE, values):
        raise IdempotencyInProgress
