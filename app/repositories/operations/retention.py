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
    Update,
    and_,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    select,
    table,
    update,
)

from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.base import Base
from app.models.budget import Budget
from app.models.idempotency_key import IdempotencyKey
from app.models.identity.invitation import Invitation
from app.models.identity.member import Member
from app.models.identity.password_reset import PasswordReset
from app.models.identity.phone_change import PhoneChange
from app.models.identity.session import Session
from app.models.identity.sign_up import SignUp
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Message
from app.models.rate_limit import RateLimit
from app.models.retention import Erasure, Kind
from app.repositories.base import Repository

_BEFORE: Final = bindparam("before", type_=DateTime(timezone=True))
_LIMIT: Final = bindparam("limit", type_=Integer)
_FINISHED_JOBS: Final = table("pgqueuer_log", column("id"), column("created"))


def _oldest(
    of: TableClause, key: tuple[str, ...], age: str, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a row is one of the oldest, and in nobody else's hands."""
    old = (
        select(*(of.c[name] for name in key))
        .where(of.c[age] <= _BEFORE, *conditions)
        .order_by(of.c[age])
        .limit(_LIMIT)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return and_(*(of.c[name] == old.c[name] for name in key))


def _deletion(
    of: TableClause, key: tuple[str, ...], age: str, *conditions: ColumnElement[bool]
) -> Delete:
    return delete(of).where(_oldest(of, key, age, *conditions))


def _erasure(
    model: type[Base], age: str, *conditions: ColumnElement[bool], **values: str | None
) -> Update:
    of = cast("TableClause", model.__table__)
    key = tuple(each.name for each in of.primary_key)
    return update(of).where(_oldest(of, key, age, *conditions)).values(**values)


def _of(model: type[Base], age: str, *conditions: ColumnElement[bool]) -> Delete:
    of = cast("TableClause", model.__table__)
    return _deletion(of, tuple(each.name for each in of.primary_key), age, *conditions)


_STATEMENTS: Final[dict[Kind | Erasure, Delete | Update]] = {
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
    Erasure.SIGN_UP_PASSWORDS: _erasure(
        SignUp, "created_at", SignUp.password_hash.is_not(None), password_hash=None
    ),
    Erasure.REMOVED_MEMBERS: _erasure(
        Member,
        "removed_at",
        Member.removed_at.is_not(None),
        # Spelled out, for a partial index serves only those who ask for its very condition.
        Member.phone != literal_column("''"),
        phone="",
        # No password opens an empty hash.
        password_hash="",
    ),
}

_OLD_AUDIT_EVENTS: Final = select(func.delete_old_audit_events(_BEFORE, _LIMIT))
"""The role of the application may not delete from the audit trail; this function does it, and lets
nothing go that is younger than 30 days."""


class RetentionRepository(Repository):
    async def forget(self, kind: Kind | Erasure, *, before: datetime, limit: int) -> int:
        """Delete or clear the oldest of a kind, as old as `before` or older; tell how many."""
        values = {"before": before, "limit": limit}
        if kind is Kind.AUDIT_EVENTS:
            return int(await self._session.scalar(_OLD_AUDIT_EVENTS, values) or 0)
        result = await self._session.execute(_STATEMENTS[kind], values)
        return cast("CursorResult[Any]", result).rowcount
