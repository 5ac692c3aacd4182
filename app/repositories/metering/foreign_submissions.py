"""What a submission about another company's account adds to the statement that records it.

What grants the right is locked, the link and its owner, whose freeze takes it away: whoever ends,
narrows or freezes meanwhile either was first, and nothing is recorded, or waits until the readings
stand. An account of one's own needs no such locks, so the usual submission does not pay for them.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Text, Uuid, bindparam

from app.access import Permission, Role, scopes_allowing
from app.models.base import new_id
from app.models.messages.message import NEWS_LASTS, Delivery, Notice
from app.repositories.callers import LINKS_SHOWN

_SCOPES: Final = ", ".join(f"'{scope}'" for scope in scopes_allowing(Permission.SUBMIT_READINGS))

OWN_LINK: Final = """
link AS MATERIALIZED (
  SELECT * FROM linked WHERE account_id = :account_id AND is_own
)"""
"""A CTE after `linked`: the account, if it is the company's own."""

ACCOUNTS_OWNER: Final = f"""
held_before AS MATERIALIZED (
  SELECT f.cabinet_frozen_at
    FROM account_links l
    JOIN members f ON f.organization_id = l.account_organization_id
     AND f.role = '{Role.OWNER}' AND f.removed_at IS NULL
   WHERE l.organization_id = :caller_organization AND l.account_id = :account_id
     AND l.account_organization_id <> l.organization_id AND l.ended_at IS NULL
     FOR SHARE OF f
)"""  # noqa: S608 - made of constants, values are bound
"""A CTE before `caller`: the owner of the other company, who freezes no cabinet meanwhile."""

FOREIGN_LINK: Final = f"""
link AS MATERIALIZED (
  SELECT l.id, l.account_organization_id, l.account_id, false AS is_own
{LINKS_SHOWN}
     AND l.account_id = :account_id AND l.account_organization_id <> l.organization_id
     AND coalesce(l.scope, 'view') IN ({_SCOPES})
     AND NOT EXISTS (SELECT FROM held_before WHERE cabinet_frozen_at IS NOT NULL)
     FOR NO KEY UPDATE OF l
)"""  # noqa: S608 - made of constants, values are bound
"""The same for another company's account, where the link permits to submit."""


FOREIGN_DETAILS: Final = (
    "CAST(:details AS jsonb) || jsonb_build_object('with_tax_id', company.owners_tax_id)"
)
"""What the submitter's own trail says: whose account it was."""


def foreign_effects(kept: str) -> str:
    """Return what happens besides: the owner's trail holds the deed, and the first one is told.

    The owner learns which company it was, and not which of its members, nor from where.
    """
    return f"""
company AS MATERIALIZED (
  SELECT ours.tax_id, theirs.tax_id AS owners_tax_id
    FROM caller CROSS JOIN link
    JOIN organizations ours ON ours.id = caller.organization_id
    JOIN organizations theirs ON theirs.id = link.account_organization_id
),
audited_there AS (
  INSERT INTO audit_events
         (organization_id, id, happened_at, action, member_id, session_id, subject_id, address,
          details)
  SELECT link.account_organization_id, :owners_audit_id, :caller_now, :action, NULL, NULL,
         :receipt_id, NULL,
         CAST(:details AS jsonb)
         || jsonb_build_object('with_tax_id', company.tax_id, 'by_tax_id', company.tax_id)
    FROM company, link, guard{kept} WHERE guard.holds
),
first AS (
  UPDATE account_links l SET first_submitted_at = :caller_now
    FROM link, guard{kept}
   WHERE guard.holds AND l.organization_id = :caller_organization AND l.id = link.id
     AND l.first_submitted_at IS NULL
  RETURNING l.account_organization_id, l.account_id
),
told AS (
  INSERT INTO messages
         (id, organization_id, template, challenge_id, phone, locale, status, created_at,
          updated_at, due_at, give_up_at, starts, checks, facts)
  SELECT :message_id, m.organization_id, :template, NULL, m.phone, m.locale, :queued, :caller_now,
         :caller_now, :caller_now, :caller_now + interval '{NEWS_LASTS.total_seconds():.0f} s', 0,
         0, jsonb_build_object('tax_id', company.tax_id, 'account_number', a.account_number)
    FROM company, first
    JOIN members m ON m.organization_id = first.account_organization_id
     AND m.role = '{Role.OWNER}' AND m.removed_at IS NULL
    JOIN accounts a ON a.organization_id = first.account_organization_id
     AND a.id = first.account_id
  RETURNING 1
)"""  # noqa: S608 - made of constants, values are bound


def foreign_binds() -> tuple[BindParameter[Any], ...]:
    return (
        bindparam("owners_audit_id", type_=Uuid),
        bindparam("message_id", type_=Uuid),
        bindparam("template", type_=Text),
        bindparam("queued", type_=Text),
    )


def foreign_values() -> dict[str, UUID | str]:
    return {
        "owners_audit_id": new_id(),
        "message_id": new_id(),
        "template": Notice.FIRST_READINGS_BY_OTHERS.value,
        "queued": Delivery.QUEUED.value,
    }
