from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

KYIV = ZoneInfo("Europe/Kyiv")
"""Where the operator's meters are: its days and months begin by this clock."""


class Clock:
    """The only reader of the system clock.

    A use case calls `now` once and passes the moment on, so it cannot straddle midnight.
    """

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one call that is allowed


def kyiv_date(moment: datetime) -> date:
    """Return the calendar date of a moment where the meters are."""
    return moment.astimezone(KYIV).date()


def kyiv_midnight(day: date) -> datetime:
    """Return the moment, in UTC, at which a day begins where the meters are."""
    return datetime(day.year, day.month, day.day, tzinfo=KYIV).astimezone(UTC)
