"""The CTE `caller`: finds the session and its member; every statement of a caller begins with it.

Folded into the statement it costs no round trip of its own, and a revoked session, a frozen
member and one whose last day has passed are refused from the next statement on.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Date, DateTime, TextClause, Uuid, bindparam, text

from app.access import Caller, Credentials, Role
from app.clock import kyiv_date
from app.repositories.base import Repository, Statements
from app.repositories.direct import DirectStatement
from app.restraints import Restraint

LET_IN: Final = """m.removed_at IS NULL AND m.frozen_at IS NULL
     AND (m.cabinet_frozen_at IS NULL OR m.role = 'owner')
     AND (m.expires_on IS NULL OR m.expires_on >= :caller_today)"""
"""Whether a member may do anything, see `Member.is_let_in`."""

_WHO: Final = f"""
  SELECT s.organization_id, s.id AS session_id, m.id AS member_id, m.role,
         m.account_ids, m.password_reset_at, m.cabinet_frozen_at,
         coalesce(o.ownership_proven_at <= :caller_now, false) AS owns
    FROM sessions s
    JOIN members m ON m.organization_id = s.organization_id AND m.id = s.member_id
    JOIN organizations o ON o.id = s.organization_id
   WHERE s.organization_id = :caller_organization AND s.id = :caller_session
     AND s.ended_at IS NULL AND s.expires_at > :caller_now
     AND {LET_IN}"""  # noqa: S608 - made of constants, values are bound

CALLER: Final = f"caller AS MATERIALIZED ({_WHO}\n)"
"""A CTE: `WITH {CALLER}, ... SELECT {CALLER_COLUMNS}, ... FROM caller LEFT JOIN ...`."""
CALLER_HELD: Final = f"caller AS MATERIALIZED ({_WHO}\n   FOR SHARE OF m, s\n)"
"""The same for a statement that writes: until its transaction ends nobody removes, freezes or
demotes the member, and nobody ends the session. Whoever did so meanwhile was first, and no row
comes back. The member is locked before the session, here and everywhere, so that nobody waits in
a ring."""
CALLER_HELD_LAST: Final = f"""caller AS MATERIALIZED ({_WHO}
     AND (SELECT count(*) FROM held_before) >= 0
   FOR SHARE OF m, s
)"""  # noqa: S608 - made of constants, values are bound
"""The same after a CTE `held_before`, which locks the owner of another company. A freeze holds its
owner while it waits for the members: whoever held a member of one company and waited for another's
owner could wait in a ring. The condition is always true, and makes PostgreSQL ask it first."""
_CALLER_ALONE: Final = (
    f"caller AS MATERIALIZED ({_WHO}\n   FOR NO KEY UPDATE OF m FOR SHARE OF s\n)"
)

CALLER_COLUMNS: Final = (
    "caller.organization_id AS caller_organization_id, caller.session_id AS caller_session_id, "
    "caller.member_id AS caller_member_id, caller.role AS caller_role, "
    "caller.owns AS caller_owns, caller.account_ids IS NOT NULL AS caller_is_limited, "
    "caller.password_reset_at AS caller_password_reset_at, "
    "caller.cabinet_frozen_at AS caller_cabinet_frozen_at"
)

LINKS_SHOWN: Final = """
    FROM caller
    JOIN account_links l ON l.organization_id = caller.organization_id AND l.ended_at IS NULL
   WHERE (caller.account_ids IS NULL OR l.account_id = ANY(caller.account_ids))
     AND (l.account_organization_id = caller.organization_id OR NOT EXISTS (
           SELECT FROM members f
            WHERE f.organization_id = l.account_organization_id AND f.role = 'owner'
              AND f.removed_at IS NULL AND f.cabinet_frozen_at IS NOT NULL))"""
"""The links of the cabinet that the caller sees, for statements that begin with `caller`."""

LINKED: Final = f"""
linked AS NOT MATERIALIZED (
  SELECT l.account_organization_id, l.account_id, coalesce(l.scope, 'view') AS scope,
         l.account_organization_id = l.organization_id AS is_own
{LINKS_SHOWN}
)"""
"""A CTE after `caller`: the cabinet's accounts, or those that a limited member is limited to.

Another company's account is not there while that company's cabinet is frozen."""


def caller_binds() -> tuple[BindParameter[Any], ...]:
    """Return the typed parameters of the CTE, for `text(...).bindparams(*caller_binds(), ...)`."""
    return (
        bindparam("caller_organization", type_=Uuid),
        bindparam("caller_session", type_=Uuid),
        bindparam("caller_now", type_=DateTime(timezone=True)),
        bindparam("caller_today", type_=Date),
    )


def caller_values(credentials: Credentials, now: datetime) -> dict[str, Any]:
    return {
        "caller_organization": credentials.organization_id,
        "caller_session": credentials.session_id,
        "caller_now": now,
        "caller_today": kyiv_date(now),
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
        is_limited=row.caller_is_limited,
        restraint=Restraint(row.caller_password_reset_at, row.caller_cabinet_frozen_at),
    )


def _asking(caller: str) -> TextClause:
    return text(f"WITH {caller} SELECT {CALLER_COLUMNS} FROM caller").bindparams(  # noqa: S608 - made of constants, values are bound
        *caller_binds()
    )


_SEEN, _HELD, _LOCKED = _asking(CALLER), _asking(CALLER_HELD), _asking(_CALLER_ALONE)


class CallerRepository(Repository):
    """Reads and locks the caller for use cases of several steps; hot paths use `caller`."""

    async def get(self, credentials: Credentials, *, now: datetime) -> Caller | None:
        """Return the caller of a use case that writes; they stay who they are until it commits.

        Every writing transaction asks this first. A removal, a freeze or a demotion that commits
        before is seen here; one that comes later waits for this transaction.
        """
        return await self._ask(_HELD, credentials, now)

    async def lock(self, credentials: Credentials, *, now: datetime) -> Caller | None:
        """Return the caller of a use case that changes the member, their sessions or the cabinet.

        Of several at once each waits for the one before. Two that only hold the same member
        (`get`) and then change it would wait for each other.
        """
        return await self._ask(_LOCKED, credentials, now)

    async def see(self, credentials: Credentials, *, now: datetime) -> Caller | None:
        """Return the caller of a use case that only reads: no lock, nobody waits."""
        return await self._ask(_SEEN, credentials, now)

    async def _ask(
        self, statement: TextClause, credentials: Credentials, now: datetime
    ) -> Caller | None:
        rows = await self._session.execute(statement, caller_values(credentials, now))
        return caller_of(rows.one_or_none())


class CallerView(Statements):
    """Statements of hot paths that begin with `caller`."""

    async def _ask(
        self,
        statement: DirectStatement,
        credentials: Credentials,
        *,
        now: datetime,
        **values: Any,
    ) -> tuple[Caller | None, list[Any]]:
        """Return who asks and the rows for them; nobody and no row when the session has ended.

        There is always a row for a caller: what is not found stands in it as NULL.
        """
        rows = await statement.fetch(self._connection, caller_values(credentials, now) | values)
        return caller_of(rows[0] if rows else None), rows
