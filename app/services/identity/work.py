from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.identity.claim_lapses import ClaimLapseService


def work(tools: WorkTools) -> BackgroundWork:
    """End claims that nobody has proven in time."""
    claims = ClaimLapseService(database=tools.context.database, clock=tools.context.clock)
    return BackgroundWork(
        scheduled=[ScheduledWork("lapse_claims", 600.0, claims.lapse, until_nothing_is_left=True)]
    )
