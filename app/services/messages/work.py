from app.repositories.messages.jobs import CHECK_MESSAGE, SEND_MESSAGE
from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.messages.delivery import MessageService


def work(tools: WorkTools) -> BackgroundWork:
    """Send messages and ask what became of them, at once and by looking what is due."""
    context = tools.context
    messages = MessageService(
        database=context.database,
        clock=context.clock,
        sms=tools.sms,
        secret_key=context.secret_key,
        domain=tools.domain,
        metrics=tools.metrics,
    )
    return BackgroundWork(
        jobs={SEND_MESSAGE: messages.deliver, CHECK_MESSAGE: messages.check},
        scheduled=[ScheduledWork("sweep_messages", 2.0, messages.sweep)],
    )
