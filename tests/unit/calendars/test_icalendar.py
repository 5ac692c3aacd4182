"""Lines, texts and times of a calendar (RFC 5545)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import strategies as st
from icalendar import Calendar

from app.clock import KYIV
from app.renderings.icalendar import LONGEST_LINE, CalendarEvent, calendar
from tests.rounds import holds_for

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def event(**changes: Any) -> CalendarEvent:
    usual: dict[str, Any] = {
        "uid": "order-1@cabinet",
        "summary": "Заявка",
        "detail": "",
        "begins": date(2026, 12, 1),
    }
    return CalendarEvent(**usual | changes)


def read(written: str) -> Any:
    [found] = cast("Any", Calendar.from_ical(written)).walk("VEVENT")
    return found


@holds_for(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=300), few=100)
def test_any_text_comes_back_and_no_line_is_too_long(text: str) -> None:
    written = calendar("Кабінет", [event(summary=f"{text} a")], made_at=NOW)

    assert str(read(written)["SUMMARY"]) == f"{text} a"
    assert written.endswith("END:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in written.split("\r\n")) <= LONGEST_LINE
    assert "\n" not in written.replace("\r\n", "")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\\nb; c, d", "a\\nb; c, d"),
        ("x\r\nEND:VEVENT\r\nBEGIN:VALARM", "x\nEND:VEVENT\nBEGIN:VALARM"),
        ("bell\a and \0", "bell and "),
    ],
)
def test_no_text_ends_its_line(text: str, kept: str) -> None:
    found = read(calendar("x", [event(detail=text)], made_at=NOW))

    assert str(found["DESCRIPTION"]) == kept


@pytest.mark.parametrize(
    ("moment", "hours"),
    [(datetime(2026, 12, 1, 9, 0, tzinfo=KYIV), 2), (datetime(2026, 7, 1, 9, 0, tzinfo=KYIV), 3)],
    ids=["winter", "summer"],
)
def test_a_time_is_kyivs_in_winter_and_in_summer(moment: datetime, hours: int) -> None:
    ends = moment + timedelta(hours=3)
    found = read(calendar("x", [event(begins=moment, ends=ends)], made_at=NOW))

    assert found["DTSTART"].params["TZID"] == "Europe/Kyiv"
    assert found.decoded("DTSTART").astimezone(UTC) == moment.astimezone(UTC)
    assert found.decoded("DTSTART").utcoffset() == timedelta(hours=hours)
    assert found.decoded("DTEND").astimezone(UTC) == ends.astimezone(UTC)


def test_whole_days_end_before_the_next_one() -> None:
    last_day = date(2026, 12, 3)
    found = read(calendar("x", [event(ends_on=last_day)], made_at=NOW))

    assert found.decoded("DTSTART") == date(2026, 12, 1)
    assert found.decoded("DTEND") == date(2026, 12, 4)
