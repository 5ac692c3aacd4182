from dataclasses import dataclass

from app.models.metering.settings import MeteringSettings
from app.services.calendars.feeds import CalendarFeedService
from app.services.context import UseCaseTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """A member's dates, for calendar programs."""

    feeds: CalendarFeedService


def build(tools: UseCaseTools) -> Calendars:
    window_rule = tools.context.settings.of(MeteringSettings).window_rule
    return Calendars(feeds=CalendarFeedService(context=tools.context, window_rule=window_rule))
