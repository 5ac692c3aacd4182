from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.payments.charges import ChargeService
from app.services.payments.gateway import Gateway


def work(tools: WorkTools) -> BackgroundWork:
    """Ask the acquirer about payments that it is silent about."""
    gateway = tools.context.ports.of(Gateway) or Gateway()
    charges = ChargeService(context=tools.context, gateway=gateway)
    return BackgroundWork(
        scheduled=[
            ScheduledWork("poll_payments", 5.0, charges.poll, until_nothing_is_left=True),
        ]
    )
