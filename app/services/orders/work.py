from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.orders.clocks import OrderClockService


def work(tools: WorkTools) -> BackgroundWork:
    """Find orders that are late within a minute of midnight, and those that nobody answers."""
    context = tools.context
    clocks = OrderClockService(database=context.database, clock=context.clock)
    return BackgroundWork(
        scheduled=[
            ScheduledWork("find_late_orders", 20.0, clocks.find_late, until_nothing_is_left=True),
            ScheduledWork("owe_again", 60.0, clocks.owe_again, until_nothing_is_left=True),
            ScheduledWork("lapse_orders", 60.0, clocks.lapse, until_nothing_is_left=True),
        ]
    )
