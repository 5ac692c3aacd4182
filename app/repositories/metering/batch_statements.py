"""The two statements that record a batch: one locks all it is about, one writes a part of it.

They do what `submission_statements` does for one account, for many: the same rows are locked in
the same order, so that a batch and a single submission wait for each other and never in a ring.
"""

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Date,
    Text,
    TextClause,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.types import TypeEngine

from app.access import Permission, Role, scopes_allowing
from app.models.messages.message import NEWS_LASTS
from app.models.metering.reading_receipt import DIGEST_FORM
from app.repositories.callers import CALLER, CALLER_HELD_LAST, LINKS_SHOWN, caller_binds
from app.repositories.direct import DirectStatement
from app.repositories.metering.submission_statements import COLUMNS

_SCOPES: Final = ", ".join(f"'{scope}'" for scope in scopes_allowing(Permission.SUBMIT_READINGS))

_OWNERS: Final = f"""
held_before AS MATERIALIZED (
  SELECT f.organization_id, f.cabinet_frozen_at
    FROM members f
   WHERE f.role = '{Role.OWNER}' AND f.removed_at IS NULL
     AND f.organization_id IN (
           SELECT l.account_organization_id FROM account_links l
            WHERE l.organization_id = :caller_organization AND l.account_id = ANY(:account_ids)
              AND l.account_organization_id <> l.organization_id AND l.ended_at IS NULL)
   ORDER BY f.organization_id
     FOR SHARE OF f
)"""  # noqa: S608 - made of constants, values are bound
"""A CTE before `caller`: the owners of the other companies, who freeze no cabinet meanwhile."""

HOLD: Final[TextClause] = text(f"""
WITH {_OWNERS}, {CALLER_HELD_LAST},
foreign_links AS MATERIALIZED (
  SELECT l.account_organization_id, l.account_id
{LINKS_SHOWN}
     AND l.account_id = ANY(:account_ids) AND l.account_organization_id <> l.organization_id
     AND coalesce(l.scope, 'view') IN ({_SCOPES})
     AND NOT EXISTS (
           SELECT FROM held_before h
            WHERE h.organization_id = l.account_organization_id
              AND h.cabinet_frozen_at IS NOT NULL)
   ORDER BY l.id
     FOR NO KEY UPDATE OF l
),
link AS MATERIALIZED (
  SELECT * FROM foreign_links
  UNION ALL
  SELECT l.account_organization_id, l.account_id
{LINKS_SHOWN}
     AND l.account_id = ANY(:account_ids) AND l.account_organization_id = l.organization_id
)
SELECT g.id, g.revision
  FROM registers g
 WHERE (g.organization_id, g.id) IN (
         SELECT link.account_organization_id, input.register_id
           FROM unnest(CAST(:register_accounts AS uuid[]), CAST(:register_ids AS uuid[]))
                AS input(account_id, register_id)
           JOIN link ON link.account_id = input.account_id)
 ORDER BY g.organization_id, g.id
   FOR NO KEY UPDATE OF g
""").bindparams(  # noqa: S608 - made of constants, values are bound
    *caller_binds(),
    bindparam("account_ids", type_=ARRAY(Uuid)),
    bindparam("register_accounts", type_=ARRAY(Uuid)),
    bindparam("register_ids", type_=ARRAY(Uuid)),
)
"""Registers that nobody else writes from now on, and their revisions.

Only those of accounts that the caller may still submit for, which stays so until the end.
"""

RECEIPT_COLUMNS: Final[dict[str, tuple[str, TypeEngine[Any]]]] = {
    "account_id": ("uuid", Uuid()),
    "receipt_id": ("uuid", Uuid()),
    "audit_id": ("uuid", Uuid()),
    "owners_audit_id": ("uuid", Uuid()),
    "message_id": ("uuid", Uuid()),
    "period": ("date", Date()),
    "digest": ("text", Text()),
    "details": ("text", Text()),
}
"""One receipt for each account: its columns, as PostgreSQL and as SQLAlchemy name their types."""
READING_COLUMNS: Final = {"receipt": ("uuid", Uuid()), **COLUMNS}
PREFIX: Final = "reading_"
"""Before the names of the readings' columns, some of which a receipt has too."""


def _unnested(columns: dict[str, tuple[str, TypeEngine[Any]]], prefix: str = "") -> str:
    lists = ", ".join(f"CAST(:{prefix}{name} AS {type_}[])" for name, (type_, _) in columns.items())
    return f"unnest({lists}) AS i({', '.join(columns)})"


def _binds(
    columns: dict[str, tuple[str, TypeEngine[Any]]], prefix: str = ""
) -> list[BindParameter[Any]]:
    return [
        bindparam(f"{prefix}{name}", type_=ARRAY(type_)) for name, (_, type_) in columns.items()
    ]


# Receipts in the order of their companies: chains are reached for in one order.
_WRITTEN: Final = f"""
raised AS (
  UPDATE registers r SET revision = r.revision + 1
    FROM input
   WHERE r.organization_id = input.organization_id AND r.id = input.register_id
),
receipts AS (
  INSERT INTO reading_receipts
         (organization_id, id, account_id, period, submitted_by, submitted_at, digest,
          digest_form)
  SELECT receipt.organization_id, receipt.receipt_id, receipt.account_id, receipt.period,
         caller.member_id, :caller_now, receipt.digest, {DIGEST_FORM}
    FROM caller, receipt
   ORDER BY receipt.organization_id, receipt.receipt_id
),
superseded AS (
  UPDATE readings r SET status = 'superseded'
    FROM input
   WHERE r.organization_id = input.organization_id AND r.register_id = input.register_id
     AND r.read_on = input.read_on AND r.version = input.version - 1
     AND r.status IN ('accepted', 'in_review')
),
inserted AS (
  INSERT INTO readings
         (organization_id, register_id, read_on, period, event, version, id, value, taken_at,
          submitted_at, submitted_by, submitting_organization_id, source, kind, status, findings,
          supersedes, receipt_id)
  SELECT input.organization_id, input.register_id, input.read_on, input.period, input.event,
         input.version, input.id, input.value, input.taken_at, :caller_now, caller.member_id,
         CASE WHEN input.is_own THEN NULL ELSE caller.organization_id END, :source, 'actual',
         input.status, string_to_array(input.findings, ','), input.supersedes, input.receipt_id
    FROM caller, input
  RETURNING 1
)"""  # noqa: S608 - made of constants, values are bound

_TOLD: Final = f"""
company AS MATERIALIZED (
  SELECT receipt.*, ours.tax_id, theirs.tax_id AS owners_tax_id
    FROM caller CROSS JOIN receipt
    JOIN organizations ours ON ours.id = caller.organization_id
    JOIN organizations theirs ON theirs.id = receipt.organization_id
),
audited AS (
  INSERT INTO audit_events
         (organization_id, id, happened_at, action, member_id, session_id, subject_id, address,
          details)
  SELECT caller.organization_id, company.audit_id, :caller_now, :action, caller.member_id,
         caller.session_id, company.receipt_id, :address,
         CAST(company.details AS jsonb) || CASE WHEN company.is_own THEN '{{}}'
              ELSE jsonb_build_object('with_tax_id', company.owners_tax_id) END
    FROM caller, company
),
audited_there AS (
  INSERT INTO audit_events
         (organization_id, id, happened_at, action, member_id, session_id, subject_id, address,
          details)
  SELECT company.organization_id, company.owners_audit_id, :caller_now, :action, NULL, NULL,
         company.receipt_id, NULL,
         CAST(company.details AS jsonb)
         || jsonb_build_object('with_tax_id', company.tax_id, 'by_tax_id', company.tax_id)
    FROM company WHERE NOT company.is_own
),
first AS (
  UPDATE account_links l SET first_submitted_at = :caller_now
    FROM company
   WHERE NOT company.is_own AND l.organization_id = :caller_organization
     AND l.id = company.link_id AND l.first_submitted_at IS NULL
  RETURNING company.message_id, company.tax_id, l.account_organization_id, l.account_id
),
told AS (
  INSERT INTO messages
         (id, organization_id, template, challenge_id, phone, locale, status, created_at,
          updated_at, due_at, give_up_at, starts, checks, facts)
  SELECT first.message_id, m.organization_id, :template, NULL, m.phone, m.locale, :queued,
         :caller_now, :caller_now, :caller_now,
         :caller_now + interval '{NEWS_LASTS.total_seconds():.0f} s', 0, 0,
         jsonb_build_object('tax_id', first.tax_id, 'account_number', a.account_number)
    FROM first
    JOIN members m ON m.organization_id = first.account_organization_id
     AND m.role = '{Role.OWNER}' AND m.removed_at IS NULL
    JOIN accounts a ON a.organization_id = first.account_organization_id
     AND a.id = first.account_id
  RETURNING 1
)"""  # noqa: S608 - made of constants, values are bound

WRITE: Final = DirectStatement(
    text(f"""
WITH {CALLER},
receipt AS MATERIALIZED (
  SELECT i.*, l.id AS link_id, l.account_organization_id AS organization_id,
         l.account_organization_id = l.organization_id AS is_own
    FROM {_unnested(RECEIPT_COLUMNS)}
    JOIN account_links l ON l.organization_id = :caller_organization
     AND l.account_id = i.account_id AND l.ended_at IS NULL
),
input AS MATERIALIZED (
  SELECT i.*, receipt.organization_id, receipt.receipt_id, receipt.period, receipt.is_own
    FROM {_unnested(READING_COLUMNS, PREFIX)}
    JOIN receipt ON receipt.receipt_id = i.receipt
),
{_WRITTEN}, {_TOLD}
SELECT (SELECT count(*) FROM inserted) AS inserted, (SELECT count(*) FROM told) AS told
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        *_binds(RECEIPT_COLUMNS),
        *_binds(READING_COLUMNS, PREFIX),
        bindparam("source", type_=Text),
        bindparam("action", type_=Text),
        bindparam("address", type_=Text),
        bindparam("template", type_=Text),
        bindparam("queued", type_=Text),
    )
)
"""Writes readings, what they supersede, receipts, and both trails; what it needs is held before."""
