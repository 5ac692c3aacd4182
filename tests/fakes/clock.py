from datetime import UTC, datetime, timedelta

from typing_extensions import override

from app.clock import Clock

NOON = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
"""Noon in Kyiv on the last day of November 2026: its reading window is open."""


class FrozenClock(Clock):
    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    @override
    def now(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by
