from datetime import datetime, timedelta

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

KEPT_FOR = timedelta(hours=24)
LEASE = timedelta(seconds=60)
"""After this long a request that has not finished is taken for dead, and may be repeated."""


class IdempotencyKey(Base):
    """The first answer to a request that a client may repeat; it commits with the effect."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(primary_key=True)
    """Whose key it is: a session's member, or a stranger's address."""
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    """The status of the answer; None while the first request is still running."""
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
