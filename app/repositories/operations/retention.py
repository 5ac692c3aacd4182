"""How long the kernel's own rows are kept: the audit trail, kept answers, limits, done jobs."""

from datetime import timedelta
from typing import Final

from sqlalchemy import column, delete, func, select, table

from app.models.budget import SpentBudget
from app.models.idempotency_key import KEPT_FOR, IdempotencyKey
from app.models.rate_limit import RateLimit
from app.repositories.retention import BEFORE, LIMIT, RetentionRule, always, deletion, oldest

FINISHED_JOBS_KEPT: Final = timedelta(days=7)
"""The record of a job done; it holds an id and serves whoever looks for a fault."""
SPENT: Final = timedelta(0)
"""The row itself says until when it limits anybody."""

_FINISHED_JOBS: Final = table("pgqueuer_log", column("id"), column("created"))

RULES: Final = (
    # The role of the application may not delete from the audit trail; this function does it, and
    # lets nothing go that is younger than 30 days.
    RetentionRule(
        "audit_events",
        select(func.delete_old_audit_events(BEFORE, LIMIT)),
        lambda terms: terms.audit_events,
    ),
    deletion(IdempotencyKey, "claimed_at", kept=always(KEPT_FOR)),
    deletion(SpentBudget, "forget_at", kept=always(SPENT)),
    deletion(RateLimit, "arrival", kept=always(SPENT)),
    RetentionRule(
        _FINISHED_JOBS.name,
        delete(_FINISHED_JOBS).where(oldest(_FINISHED_JOBS, ("id",), "created")),
        always(FINISHED_JOBS_KEPT),
    ),
)
