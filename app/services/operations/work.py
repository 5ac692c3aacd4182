from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.operations.backlog import BacklogService
from app.services.operations.retention import RetentionService


def work(tools: WorkTools) -> BackgroundWork:
    """Delete old rows, and measure what waits."""
    context = tools.context
    retention = RetentionService(
        database=context.database,
        clock=context.clock,
        terms=tools.retention_terms,
        rules=tools.retention_rules,
        metrics=tools.metrics,
    )
    backlog = BacklogService(
        database=context.database, clock=context.clock, metrics=tools.metrics, limits=context.limits
    )
    return BackgroundWork(
        scheduled=[
            ScheduledWork("forget", 600.0, retention.purge, until_nothing_is_left=True),
            ScheduledWork("measure_backlog", 10.0, backlog.measure),
        ]
    )
