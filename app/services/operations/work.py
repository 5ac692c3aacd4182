from collections.abc import Sequence

from app.metrics import WorkerMetrics
from app.models.retention import RetentionTerms
from app.repositories.retention import RetentionRule
from app.services.background import BackgroundWork, ScheduledWork
from app.services.context import Context
from app.services.operations.backlog import BacklogService
from app.services.operations.retention import RetentionService


def operations_work(
    context: Context,
    *,
    terms: RetentionTerms,
    rules: Sequence[RetentionRule],
    metrics: WorkerMetrics,
) -> BackgroundWork:
    """Delete old rows, and measure what waits."""
    retention = RetentionService(
        database=context.database, clock=context.clock, terms=terms, rules=rules, metrics=metrics
    )
    backlog = BacklogService(
        database=context.database, clock=context.clock, metrics=metrics, limits=context.limits
    )
    return BackgroundWork(
        scheduled=[
            ScheduledWork("forget", 600.0, retention.purge, until_nothing_is_left=True),
            ScheduledWork("measure_backlog", 10.0, backlog.measure),
        ]
    )
