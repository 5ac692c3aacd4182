"""How often programs may read a member's calendar."""

from dataclasses import dataclass

from app.models.limits.kinds import HOUR, Rate


@dataclass(frozen=True, kw_only=True)
class CalendarLimits:
    calendar_reads: Rate = Rate("calendar-reads", 60, HOUR)
    """Of one address: programs look every few minutes at the most."""
