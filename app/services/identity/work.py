from app.services.background import BackgroundWork, ScheduledWork
from app.services.context import Context
from app.services.identity.claim_lapses import ClaimLapseService


def identity_work(context: Context) -> BackgroundWork:
    """End claims that nobody has proven in time."""
    claims = ClaimLapseService(database=context.database, clock=context.clock)
    return BackgroundWork(
        scheduled=[ScheduledWork("lapse_claims", 600.0, claims.lapse, until_nothing_is_left=True)]
    )
