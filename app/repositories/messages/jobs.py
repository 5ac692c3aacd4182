from typing import Final

from app.repositories.jobs import Job

SEND_MESSAGE: Final = Job("send_message")
CHECK_MESSAGE: Final = Job("check_message")
