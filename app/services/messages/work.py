from app.repositories.messages.jobs import CHECK_MESSAGE, SEND_MESSAGE
from app.services.background import BackgroundWork, ScheduledWork
from app.services.messages.delivery import MessageService


def messages_work(messages: MessageService) -> BackgroundWork:
    """Send messages and ask what became of them, at once and by looking what is due."""
    return BackgroundWork(
        jobs={SEND_MESSAGE: messages.deliver, CHECK_MESSAGE: messages.check},
        scheduled=[ScheduledWork("sweep_messages", 2.0, messages.sweep)],
    )
