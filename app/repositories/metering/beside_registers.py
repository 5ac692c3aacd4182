"""What a statement about registers finds beside each: lateral parts, each a probe of a key.

They stand beside `link`, the account, and `g`, the register.
"""

from typing import Final

from app.repositories.metering.reading_windows import WINDOWS_VERSION

WINDOWS: Final = f"""
    SELECT a.window_group, {WINDOWS_VERSION} AS windows_version FROM accounts a
     WHERE a.organization_id = link.account_organization_id AND a.id = link.account_id
    OFFSET 0"""  # noqa: S608 - made of constants

CLOSED: Final = """
    SELECT EXISTS (
      SELECT FROM settlements c
       WHERE c.organization_id = link.account_organization_id AND c.account_id = link.account_id
         AND c.period = :period) AS is_period_settled
    OFFSET 0"""

NEWEST: Final = """
    SELECT n.id AS newest_id, n.version AS newest_version, n.event AS newest_event,
           n.value AS newest_value, n.source AS newest_source, n.status AS newest_status,
           n.kind AS newest_kind, n.findings AS newest_findings,
           n.supersedes AS newest_supersedes, n.receipt_id AS newest_receipt_id,
           n.taken_at AS newest_taken_at, n.submitted_at AS newest_submitted_at,
           submitter.tax_id AS newest_submitter_tax_id, submitter.name AS newest_submitter_name,
           n.review_outcome, n.review_reason, n.reviewed_at
      FROM readings n
      LEFT JOIN organizations submitter
        ON submitter.id = n.submitting_organization_id AND link.is_own
     WHERE (n.organization_id, n.register_id) = (g.organization_id, g.register_id)
       AND n.read_on = g.read_on ORDER BY n.version DESC LIMIT 1"""

FOLLOWING: Final = """
    SELECT f.read_on AS following_on, f.value AS following_value FROM readings f
     WHERE (f.organization_id, f.register_id) = (g.organization_id, g.register_id)
       AND f.read_on > g.read_on AND f.kind = 'actual' AND f.status = 'accepted'
     ORDER BY f.read_on LIMIT 1"""
