from typing import Self

from app.schemas.base import Moment, Out
from app.services.identity.calendar_links import MadeLink


class CalendarLinkOut(Out):
    """The address of a calendar. It is a secret: whoever knows it reads the calendar."""

    url: str
    created_at: Moment

    @classmethod
    def of(cls, made: MadeLink, public_url: str) -> Self:
        url = f"{public_url.rstrip('/')}/v1/calendar.ics?token={made.secret}"
        return cls(url=url, created_at=made.created_at)
