"""Is the session alive, and who is it? Every statement of a signed-in caller begins with this.

Folded into the statement it costs no round trip of its own, and a revoked session is refused
from the next statement on (performance.md A2).
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, DateTime, Uuid, bindparam, text

from app.access import Caller, Credentials, Role
from app.repositories.base import Repository

CALLER: Final = """
caller AS MATERIALIZED (
  SELECT s.organization_id, s.id AS session_id, m.id AS member_id, m.role,
         o.ownership_proven_at IS NOT NULL AS owns
    FROM sessions s
    JOIN members m ON m.organization_id = s.organization_id AND m.id = s.member_id
    JOIN organizations o ON o.id = s.organization_id
   WHERE s.organization_id = :caller_organization AND s.id = :caller_session
     AND s.ended_at IS NULL AND s.expires_at > :caller_now AND m.removed_at IS NULL
)"""
"""A CTE: `WITH {CALLER}, ... SELECT {CALLER_COLUMNS}, ... FROM caller LEFT JOIN ...`."""

CALLER_COLUMNS: Final = (
    "caller.organization_id AS caller_organization_id, caller.session_id AS caller_session_id, "
    "caller.member_id AS caller_member_id, caller.role AS caller_role, caller.owns AS caller_owns"
)


def caller_binds() -> tuple[BindParameter[Any], ...]:
    """Return the typed parameters of the CTE, for `text(...).bindparams(*caller_binds(), ...)`."""
    return (
        bindparam("caller_organization", type_=Uuid),
        bindparam("caller_session", type_=Uuid),
        bindparam("caller_now", type_=DateTime(timezone=True)),
    )


def caller_values(credentials: Credentials, now: datetime) -> dict[str, Any]:
    return {
        "caller_organization": credentials.organization_id,
        "caller_session": credentials.session_id,
        "caller_now": now,
    }


def caller_of(row: Any | None) -> Caller | None:
    """Return who asked; None when no row came back, because the session has ended."""
    if row is None:
        return None
    return Caller(
        member_id=row.caller_member_id,
        organization_id=row.caller_organization_id,
        session_id=row.caller_session_id,
        role=Role(row.caller_role),
        owns=row.caller_owns,
    )


_CALLER: Final = text(f"WITH {CALLER} SELECT {CALLER_COLUMNS} FROM caller").bindparams(  # noqa: S608 - made of constants, values are bound
    *caller_binds()
)


class CallerRepository(Repository):
    """Who is asking, for use cases of several steps; hot paths fold it into their statement."""

    async def get(self, credentials: Credentials, *, now: datetime) -> Caller | None:
        rows = await self._session.execute(_CALLER, caller_values(credentials, now))
        return caller_of(rows.one_or_none())
