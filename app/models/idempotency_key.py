from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid
from app.models.base import Base

KEPT_FOR: Final = timedelta(hours=24)
LEASE: Final = timedelta(seconds=60)
"""After this long a request that has not finished is taken for dead, and may be repeated."""

Result = TypeVar("Result")


class IdempotencyKeyReused(Invalid):
    """The key belongs to another request."""

    code = "idempotency_key_reused"


class IdempotencyInProgress(Conflict):
    """The first request with this key is still running."""

    code = "idempotency_in_progress"


class IdempotencyKey(Base):
    """The first answer to a request that a client may repeat; it commits with the effect."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(primary_key=True)
    """Whose key it is: a member's, an unguessable id's, or what a stranger's request is about."""
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    """The status of the answer; None while the first request is still running."""
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer, encrypted: it may hold tokens, and a stolen dump must open nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out a request, until it is answered or its lease ends."""

    scope: str
    key: str
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class PendingAnswer(Generic[Result]):
    """A claim, and how to put a use case's result into the answer that is kept with it."""

    claim: Claim
    sealed: Callable[[Result], Answer]
