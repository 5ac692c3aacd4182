"""What is old enough to be forgotten. Each kind has an index by age, so finding none is cheap."""

from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Delete,
    Integer,
    TableClause,
    and_,
    bindparam,
    column,
    delete,
    func,
    select,
    table,
)

from app.models import (
    AccountLinkRequest,
    Base,
    Budget,
    CodeChallenge,
    IdempotencyKey,
    Invitation,
    Message,
    PasswordReset,
    PhoneChange,
    RateLimit,
    Session,
    SignUp,
)
from app.models.retention import Kind
from app.repositories.base import Repository

_BEFORE: Final = bindparam("before", type_=DateTime(timezone=True))
_LIMIT: Final = bindparam("limit", type_=Integer)
_FINISHED_JOBS: Final = table("pgqueuer_log", column("id"), column("created"))


def _deletion(
    of: TableClause, key: tuple[str, ...], age: str, *conditions: ColumnElement[bool]
) -> Delete:
    """Return a statement that deletes the oldest rows, but none that somebody else has in hand."""
    keys = [of.c[name] for name in key]
    old = (
        select(*keys)
        .where(of.c[age] <= _BEFORE, *conditions)
        .order_by(of.c[age])
        .limit(_LIMIT)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return delete(of).where(and_(*(of.c[name] == old.c[name] for name in key)))


def _of(model: type[Base], age: str, *conditions: ColumnElement[bool]) -> Delete:
    of = cast("TableClause", model.__table__)
    return _deletion(of, tuple(each.name for each in of.primary_key), age, *conditions)


_DELETIONS: Final = {
    Kind.SIGN_UPS: _of(SignUp, "created_at"),
    Kind.PASSWORD_RESETS: _of(PasswordReset, "created_at"),
    Kind.INVITATIONS: _of(Invitation, "created_at"),
    Kind.PHONE_CHANGES: _of(PhoneChange, "created_at"),
    Kind.ACCOUNT_LINK_REQUESTS: _of(
        AccountLinkRequest, "created_at", AccountLinkRequest.confirmed_at.is_(None)
    ),
    Kind.CODE_CHALLENGES: _of(CodeChallenge, "expires_at"),
    # What the worker still has to look at is not history yet.
    Kind.MESSAGES: _of(Message, "created_at", Message.due_at.is_(None)),
    # Found by `created_at`, which never changes: an index on `last_seen_at` would cost every
    # refresh. No session is alive so long after it was last seen.
    Kind.SESSIONS: _of(Session, "created_at", Session.last_seen_at <= _BEFORE),
    Kind.IDEMPOTENCY_KEYS: _of(IdempotencyKey, "claimed_at"),
    Kind.BUDGETS: _of(Budget, "forget_at"),
    Kind.RATE_LIMITS: _of(RateLimit, "arrival"),
    Kind.FINISHED_JOBS: _deletion(_FINISHED_JOBS, ("id",), "created"),
}

_OLD_AUDIT_EVENTS: Final = select(func.delete_old_audit_events(_BEFORE, _LIMIT))
"""The role of the application may not delete from the audit trail; this function does it, and lets
nothing go that is younger than 30 days."""


class RetentionRepository(Repository):
    async def forget(self, kind: Kind, *, before: datetime, limit: int) -> int:
        """Delete the oldest of a kind, as old as `before` or older, and tell how many."""
        values = {"before": before, "limit": limit}
        if kind is Kind.AUDIT_EVENTS:
            return int(await self._session.scalar(_OLD_AUDIT_EVENTS, values) or 0)
        result = await self._session.execute(_DELETIONS[kind], values)
        return cast("CursorResult[Any]", result).rowcount
