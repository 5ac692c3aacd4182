from app.models.metering.settings import MeteringSettings
from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.metering.reading_changes import ReadingChangeMarks
from app.services.metering.settlements import SettlementService


def work(tools: WorkTools) -> BackgroundWork:
    """Settle periods whose window has closed, and anew what later values have changed.

    Note where the changes of readings stand, for clients that follow them.
    """
    context = tools.context
    settlements = SettlementService(
        database=context.database,
        clock=context.clock,
        window_rule=context.settings.of(MeteringSettings).window_rule,
    )
    marks = ReadingChangeMarks(database=context.database, clock=context.clock)
    return BackgroundWork(
        scheduled=[
            ScheduledWork("settle", 60.0, settlements.settle_due, until_nothing_is_left=True),
            ScheduledWork("correct", 60.0, settlements.correct_changed, until_nothing_is_left=True),
            ScheduledWork("mark_reading_changes", 300.0, marks.mark),
        ]
    )
