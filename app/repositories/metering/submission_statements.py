"""The statement that records readings, put together from its parts."""

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    TextClause,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from app.models.metering.reading_receipt import DIGEST_FORM
from app.repositories.callers import CALLER_HELD, CALLER_HELD_LAST, LINKED, caller_binds
from app.repositories.direct import DirectStatement
from app.repositories.idempotency_keys import SETTLED, SETTLED_BINDS
from app.repositories.metering.foreign_submissions import (
    ACCOUNTS_OWNER,
    FOREIGN_DETAILS,
    FOREIGN_LINK,
    OWN_LINK,
    foreign_binds,
    foreign_effects,
)
from app.repositories.metering.reading_windows import WINDOWS_VERSION

COLUMNS: Final[dict[str, tuple[str, TypeEngine[Any]]]] = {
    "id": ("uuid", Uuid()),
    "register_id": ("uuid", Uuid()),
    "revision": ("bigint", BigInteger()),
    "read_on": ("date", Date()),
    "event": ("text", Text()),
    "version": ("integer", Integer()),
    "value": ("numeric", Numeric()),
    "taken_at": ("timestamptz", DateTime(timezone=True)),
    "status": ("text", Text()),
    "findings": ("text", Text()),
    "supersedes": ("uuid", Uuid()),
}
"""The input's columns, as PostgreSQL and as SQLAlchemy name their types."""

# Locked in the order of the key: two writers of the same registers wait and do not deadlock.
HELD: Final = """
held AS MATERIALIZED (
  SELECT g.organization_id, g.id, g.revision
    FROM link JOIN registers g ON g.organization_id = link.account_organization_id
   WHERE g.id IN (SELECT input.register_id FROM input)
   ORDER BY g.id
     FOR NO KEY UPDATE OF g
)"""
"""A CTE after `link` and `input`: the registers, which nobody else writes from now on."""

_GUARD: Final = f"""
guard AS MATERIALIZED (
  SELECT bool_and(held.revision IS NOT DISTINCT FROM input.revision)
         AND {WINDOWS_VERSION} = :windows_version AS holds
    FROM input LEFT JOIN held ON held.id = input.register_id
)"""  # noqa: S608 - made of constants, values are bound


def _raised(kept: str) -> str:
    return f"""
raised AS (
  UPDATE registers r SET revision = r.revision + 1
    FROM held, guard{kept}
   WHERE guard.holds AND r.organization_id = held.organization_id AND r.id = held.id
)"""  # noqa: S608 - made of constants, values are bound


def _receipt(kept: str) -> str:
    return f"""
receipt AS (
  INSERT INTO reading_receipts
         (organization_id, id, account_id, period, submitted_by, submitted_at, digest,
          digest_form)
  SELECT link.account_organization_id, :receipt_id, link.account_id, :period,
         caller.member_id, :caller_now, :digest, {DIGEST_FORM}
    FROM caller, link, guard{kept} WHERE guard.holds
)"""  # noqa: S608 - made of constants, values are bound


def _superseded(kept: str) -> str:
    return f"""
superseded AS (
  UPDATE readings r SET status = 'superseded'
    FROM link, input, guard{kept}
   WHERE guard.holds AND r.organization_id = link.account_organization_id
     AND r.register_id = input.register_id AND r.read_on = input.read_on
     AND r.version = input.version - 1 AND r.status IN ('accepted', 'in_review')
)"""  # noqa: S608 - made of constants, values are bound


def _audited(kept: str, *, foreign: bool) -> str:
    details, whose = (FOREIGN_DETAILS, ", company") if foreign else (":details", "")
    return f"""
audited AS (
  INSERT INTO audit_events
         (organization_id, id, happened_at, action, member_id, session_id, subject_id, address,
          details)
  SELECT caller.organization_id, :audit_id, :caller_now, :action, caller.member_id,
         caller.session_id, :receipt_id, :address, {details}
    FROM caller, link, guard{whose}{kept} WHERE guard.holds
)"""  # noqa: S608 - made of constants, values are bound


def _inserted(kept: str, *, foreign: bool) -> str:
    submitter = "caller.organization_id" if foreign else "NULL"
    return f"""
inserted AS (
  INSERT INTO readings
         (organization_id, register_id, read_on, period, event, version, id, value, taken_at,
          submitted_at, submitted_by, submitting_organization_id, source, kind, status, findings,
          supersedes, receipt_id)
  SELECT link.account_organization_id, input.register_id, input.read_on, :period, input.event,
         input.version, input.id, input.value, input.taken_at, :caller_now, caller.member_id,
         {submitter}, :source, 'actual', input.status, string_to_array(input.findings, ','),
         input.supersedes, :receipt_id
    FROM caller, link, input, guard{kept} WHERE guard.holds
  RETURNING 1
)"""  # noqa: S608 - made of constants, values are bound


_REACH: Final = {
    False: f"{CALLER_HELD}, {LINKED}, {OWN_LINK}",
    True: f"{ACCOUNTS_OWNER}, {CALLER_HELD_LAST}, {FOREIGN_LINK}",
}
"""Who asks and by what link, by whether the account is another company's."""


def _effect(source: str, *, settles: bool, foreign: bool) -> TextClause:
    """Return the statement that records the rows of `source`.

    The caller is held: whoever was removed before records nothing, and a removal waits. So are
    the registers: if one of them was written since the rules looked, its revision differs, and
    nothing happens (`guard`); nor if the operator has changed windows since. A request that may be
    repeated keeps its answer here too (`settled`), or has no effect. Whether the caller's company
    may submit for this account at all is decided here too (`link`).
    """
    kept = ", settled" if settles else ""
    parts = [
        *([SETTLED] if settles else []),
        _raised(kept),
        _receipt(kept),
        _superseded(kept),
        *([foreign_effects(kept)] if foreign else []),
        _audited(kept, foreign=foreign),
        _inserted(kept, foreign=foreign),
    ]
    told = "(SELECT count(*) FROM told)" if foreign else "0"
    return text(f"""
WITH {_REACH[foreign]}, input AS MATERIALIZED ({source}), {HELD}, {_GUARD},
{",".join(parts)}
SELECT (SELECT count(*) FROM inserted) AS inserted, {told} AS told
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *_binds(),
        *(SETTLED_BINDS if settles else ()),
        *(foreign_binds() if foreign else ()),
    )


def _binds() -> tuple[BindParameter[Any], ...]:
    return (
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("period", type_=Date),
        bindparam("windows_version", type_=Integer),
        bindparam("receipt_id", type_=Uuid),
        bindparam("audit_id", type_=Uuid),
        bindparam("digest", type_=Text),
        bindparam("source", type_=Text),
        bindparam("action", type_=Text),
        bindparam("address", type_=Text),
        bindparam("details", type_=JSONB),
    )


# One row as plain parameters: `unnest` makes PostgreSQL guess a hundred and plan for them.
_ONE: Final = "SELECT " + ", ".join(
    f"CAST(:{name} AS {type_}) AS {name}" for name, (type_, _) in COLUMNS.items()
)
_LISTS: Final = ", ".join(f"CAST(:{name} AS {type_}[])" for name, (type_, _) in COLUMNS.items())
_MANY: Final = f"SELECT * FROM unnest({_LISTS}) AS i({', '.join(COLUMNS)})"  # noqa: S608 - constants
_SINGLE: Final = [bindparam(name, type_=type_) for name, (_, type_) in COLUMNS.items()]
_ARRAYS: Final = [bindparam(name, type_=ARRAY(type_)) for name, (_, type_) in COLUMNS.items()]
EFFECTS: Final = {
    (single, settles, foreign): DirectStatement(
        _effect(_ONE if single else _MANY, settles=settles, foreign=foreign).bindparams(
            *(_SINGLE if single else _ARRAYS)
        )
    )
    for single in (True, False)
    for settles in (True, False)
    for foreign in (True, False)
}
"""By whether there is one reading, the answer is kept, and the account is another company's."""


def _hold(*, foreign: bool) -> TextClause:
    """Return the statement that only locks what `_effect` locks, in the same order."""
    return text(f"""
WITH {_REACH[foreign]},
input AS MATERIALIZED (SELECT unnest(CAST(:register_ids AS uuid[])) AS register_id), {HELD}
SELECT count(*) FROM held
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("register_ids", type_=ARRAY(Uuid)),
    )


HOLD: Final = {foreign: _hold(foreign=foreign) for foreign in (True, False)}
"""By whether the account is another company's."""
