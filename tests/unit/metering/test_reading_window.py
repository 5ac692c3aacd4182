"""When readings are taken: by the clock in Kyiv, which twice a year is put forward or back."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models.metering.reading_window import ReadingWindowClosed, WindowRule, WindowState
from app.models.metering.window_book import USUAL_GROUP, WindowBook
from app.models.period import Period

CODE = WindowRule(opens_days_before=2, closes_on_day=3)
"""The Code of Commercial Metering, clause 8.6.3."""
ALL_MONTH = WindowRule(opens_days_before=31, closes_on_day=3)
A_MOMENT = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "opens_at", "closes_at"),
    [
        ("2026-01", "2026-01-29T22:00", "2026-02-03T22:00"),  # winter time
        ("2026-06", "2026-06-28T21:00", "2026-07-03T21:00"),  # summer time
        ("2024-03", "2024-03-29T22:00", "2024-04-03T21:00"),  # put forward within: 31 March
        ("2026-03", "2026-03-29T21:00", "2026-04-03T21:00"),  # put forward the day before
        ("2021-10", "2021-10-29T21:00", "2021-11-03T22:00"),  # put back within: 31 October
        ("2025-10", "2025-10-29T22:00", "2025-11-03T22:00"),  # put back days before
        ("2024-02", "2024-02-27T22:00", "2024-03-03T22:00"),  # a leap year
        ("2026-12", "2026-12-29T22:00", "2027-01-03T22:00"),  # over the new year
    ],
)
def test_the_window_opens_and_closes_at_midnight_in_kyiv(
    period: str, opens_at: str, closes_at: str
) -> None:
    window = CODE.window(Period.parse(period))

    assert (window.opens_at, window.closes_at) == (utc(opens_at), utc(closes_at))


@pytest.mark.parametrize(
    ("period", "opens_at"),
    [
        ("2026-02", "2026-01-31T22:00"),
        ("2026-03", "2026-02-28T22:00"),
        ("2026-04", "2026-03-31T21:00"),
        ("2026-10", "2026-09-30T21:00"),
    ],
)
def test_a_window_never_opens_before_its_month(period: str, opens_at: str) -> None:
    assert ALL_MONTH.window(Period.parse(period)).opens_at == utc(opens_at)


def test_a_window_is_half_open() -> None:
    window = CODE.window(Period(2026, 11))

    assert window.state(window.opens_at - A_MOMENT) is WindowState.UPCOMING
    assert window.state(window.opens_at) is WindowState.OPEN
    assert window.state(window.closes_at - A_MOMENT) is WindowState.OPEN
    assert window.state(window.closes_at) is WindowState.CLOSED


def test_outside_the_window_nothing_is_taken_and_it_is_said_when() -> None:
    window = CODE.window(Period(2026, 11))
    window.require_open(window.opens_at)

    with pytest.raises(ReadingWindowClosed) as refused:
        window.require_open(window.closes_at)

    assert refused.value.facts == {
        "period": Period(2026, 11),
        "opens_at": window.opens_at,
        "closes_at": window.closes_at,
        "variant": "over",
    }
    with pytest.raises(ReadingWindowClosed) as early:
        window.require_open(window.opens_at - A_MOMENT)
    assert "variant" not in early.value.facts


@pytest.mark.parametrize(
    ("now", "period"),
    [
        ("2026-11-03T21:59", "2026-10"),  # the last minute of October's
        ("2026-11-03T22:00", "2026-11"),  # closed: the next to open
        ("2026-11-30T12:00", "2026-11"),
        ("2026-12-02T12:00", "2026-11"),
        ("2026-12-31T23:00", "2026-12"),  # next year already in Kyiv
    ],
)
def test_somebody_who_names_no_period_means_the_one_that_is_open_or_opens_next(
    now: str, period: str
) -> None:
    book = WindowBook(usual=CODE)

    assert str(book.current(USUAL_GROUP, utc(now)).period) == period
    assert str(book.meant(USUAL_GROUP, utc(now), None).period) == period


def test_of_two_open_windows_the_older_one_is_meant() -> None:
    now = utc("2026-11-02T12:00")

    assert ALL_MONTH.window(Period(2026, 11)).state(now) is WindowState.OPEN
    book = WindowBook(usual=ALL_MONTH)
    assert book.current(USUAL_GROUP, now).period == Period(2026, 10)
    assert book.meant(USUAL_GROUP, now, Period(2026, 11)).period == Period(2026, 11)
