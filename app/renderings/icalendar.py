"""Calendars as calendar programs read them (RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.clock import KYIV

MEDIA_TYPE: Final = "text/calendar"
LONGEST_LINE: Final = 75
"""Octets of one line, without its end."""
ONE_DAY: Final = timedelta(days=1)
LOOK_AGAIN: Final = "PT4H"

ZONE: Final = """\
BEGIN:VTIMEZONE
TZID:Europe/Kyiv
BEGIN:DAYLIGHT
DTSTART:19970330T030000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:EEST
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19971026T040000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:EET
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
END:STANDARD
END:VTIMEZONE"""
"""Kyiv's time since 1997. Nothing in a calendar is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """Whole days from `begins` to `ends_on`, or a time from `begins` to `ends`."""

    uid: str
    """The same for the same thing, however often it changes."""
    summary: str
    detail: str
    begins: date | datetime
    ends: datetime | None = None
    ends_on: date | None = None
    """The last day; one day if it is None."""
    location: str | None = None


def calendar(name: str, events: Iterable[CalendarEvent], *, made_at: datetime) -> str:
    """Return a calendar: lines of 75 octets at the most, each ended by CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Business cabinet//Calendar//UK",
        "CALSCALE:GREGORIAN",
        f"NAME:{_escaped(name)}",
        f"X-WR-CALNAME:{_escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{LOOK_AGAIN}",
        f"X-PUBLISHED-TTL:{LOOK_AGAIN}",
        *ZONE.splitlines(),
        *(line for event in events for line in _event(event, made_at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(event: CalendarEvent, made_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if isinstance(event.begins, datetime):
        yield f"DTSTART;TZID=Europe/Kyiv:{_moment(event.begins)}"
        yield f"DTEND;TZID=Europe/Kyiv:{_moment(event.ends or event.begins)}"
    else:
        yield f"DTSTART;VALUE=DATE:{event.begins:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{(event.ends_on or event.begins) + ONE_DAY:%Y%m%d}"
        yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{_escaped(event.summary)}"
    yield f"DESCRIPTION:{_escaped(event.detail)}"
    if event.location:
        yield f"LOCATION:{_escaped(event.location)}"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(KYIV):%Y%m%dT%H%M%S}"


def _escaped(text: str) -> str:
    """Return a text in which nothing ends a line or a value (RFC 5545, 3.3.11)."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\n".join("".join(sign for sign in line if sign.isprintable()) for line in lines)


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts, none of which ends within a character."""
    part, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LONGEST_LINE:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + octets
    yield part
