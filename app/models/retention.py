"""What is forgotten, and when: the one table of it.

Personal data are kept no longer than their purpose needs (Law of Ukraine "On Personal Data
Protection", articles 6 and 15). What is not named here stays: the register, members, links,
readings and their receipts, and the consent to a link, which holds ids only.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from app.models.idempotency_key import KEPT_FOR
from app.models.identity.session import KNOWN_FOR
from app.models.identity.sign_up import WAITS_FOR
from app.models.messages.code_challenge import LIFETIME


class Kind(StrEnum):
    """What is forgotten, by the names of the tables."""

    SIGN_UPS = "sign_ups"
    PASSWORD_RESETS = "password_resets"  # noqa: S105 - a table
    INVITATIONS = "invitations"
    PHONE_CHANGES = "phone_changes"
    ACCOUNT_LINK_REQUESTS = "account_link_requests"
    """Those nobody consented to; a consent is kept, as the link is."""
    CODE_CHALLENGES = "code_challenges"
    MESSAGES = "messages"
    SESSIONS = "sessions"
    AUDIT_EVENTS = "audit_events"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    BUDGETS = "budgets"
    RATE_LIMITS = "rate_limits"
    FINISHED_JOBS = "pgqueuer_log"


class Erasure(StrEnum):
    """What is cleared in rows that stay, by table and column."""

    SIGN_UP_PASSWORDS = "sign_ups.password_hash"
    """Of a sign-up that has ended without being confirmed; a confirmed one has none."""
    REMOVED_MEMBERS = "members.phone"
    """The phone and the password; the name stays, because the audit trail shows it."""


FINISHED_JOBS_KEPT: Final = timedelta(days=7)
"""The record of a job done; it holds an id and serves whoever looks for a fault."""
SPENT: Final = timedelta(0)
"""The row itself says until when it limits anybody."""

RULES: Final[dict[Kind | Erasure, timedelta]] = {
    # Ended or not: on a device that its member knows, A4 promises a budget of its own.
    Kind.SESSIONS: KNOWN_FOR,
    Kind.IDEMPOTENCY_KEYS: KEPT_FOR,
    Kind.BUDGETS: SPENT,
    Kind.RATE_LIMITS: SPENT,
    Kind.FINISHED_JOBS: FINISHED_JOBS_KEPT,
    # The last moment at which a code that was sent in time can still confirm it.
    Erasure.SIGN_UP_PASSWORDS: WAITS_FOR + LIFETIME,
}
"""What is a rule of the product and nobody's choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long each kind is kept. The fields are what an operator may change."""

    requests: timedelta = timedelta(days=30)
    """What waited for a code, the code, and how to reach a removed member: while somebody may
    still ask what became of it."""
    messages: timedelta = timedelta(days=90)
    """To settle with the provider, or with a customer, what was sent and what arrived."""
    audit_events: timedelta = timedelta(days=3 * 365 + 1)
    """As long as a claim may be brought to court: three years (Civil Code, article 257)."""

    def of(self, kind: Kind | Erasure) -> timedelta:
        chosen: dict[Kind | Erasure, timedelta] = {
            Kind.MESSAGES: self.messages,
            Kind.AUDIT_EVENTS: self.audit_events,
        }
        return (RULES | chosen).get(kind, self.requests)
