"""Which window an account has: by its group, by the month, and by what the operator said last."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.metering.reading_window import WindowRule, WindowState, WindowStillOpen
from app.models.metering.set_window import (
    WindowAlreadyOver,
    WindowDaysInvalid,
    WindowsOverlap,
)
from app.models.metering.window_book import (
    MOST_MONTHS_OPEN,
    USUAL_GROUP,
    ClosedWindows,
    WindowBook,
    WindowDecision,
)
from app.models.metering.window_decision import require_sound
from app.models.period import Period
from tests.fakes.clock import NOON
from tests.steps.metering.windows import CODE, as_usual, single, standing

BOOK = WindowBook(usual=CODE)
FACTORIES = "factories"
A_MOMENT = timedelta(microseconds=1)
repeatably = settings(derandomize=True, database=None, deadline=None, max_examples=300)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(book: WindowBook, group: str, period: str) -> str:
    window = book.window(group, Period.parse(period))
    return f"{window.opens_on} {window.closes_on}"


def test_where_nothing_is_said_the_settings_hold() -> None:
    assert days(BOOK, USUAL_GROUP, "2026-11") == "2026-11-29 2026-12-03"
    assert days(BOOK, FACTORIES, "2026-11") == "2026-11-29 2026-12-03"


def test_a_group_goes_before_everybody_and_a_month_before_what_holds_from_a_month_on() -> None:
    book = WindowBook.of(
        CODE,
        4,
        [
            standing("2026-10", 5, 5),
            single("2026-12", "2026-12-20", "2027-01-09"),
            standing("2026-11", 0, 1, FACTORIES),
            single("2027-01", "2027-01-25", "2027-02-10", FACTORIES),
        ],
    )

    assert days(book, USUAL_GROUP, "2026-09") == "2026-09-29 2026-10-03"
    assert days(book, USUAL_GROUP, "2026-11") == "2026-11-26 2026-12-05"
    assert days(book, USUAL_GROUP, "2026-12") == "2026-12-20 2027-01-09"
    assert days(book, FACTORIES, "2026-10") == "2026-10-27 2026-11-05"
    assert days(book, FACTORIES, "2026-12") == "2027-01-01 2027-01-01"
    assert days(book, FACTORIES, "2027-01") == "2027-01-25 2027-02-10"


def test_the_last_word_holds_and_can_be_taken_back() -> None:
    said = [single("2026-11", "2026-11-20", "2026-12-08"), standing("2026-11", 4, 4)]
    book = WindowBook.of(CODE, 2, said)

    assert days(book.having(as_usual("2026-11")), USUAL_GROUP, "2026-11") == "2026-11-27 2026-12-04"
    bare = book.having(as_usual("2026-11")).having(as_usual("2026-11", is_standing=True))
    assert (bare.single, bare.standing) == ({}, {})
    again = book.having(single("2026-11", "2026-11-21", "2026-12-08"))
    assert days(again, USUAL_GROUP, "2026-11") == "2026-11-21 2026-12-08"


@pytest.mark.parametrize(
    ("period", "opens_on", "closes_on", "opens_at", "closes_at"),
    [
        # Put forward on 29 March 2026 at 03:00: the window's last day has 23 hours.
        ("2026-03", "2026-03-29", "2026-03-31", "2026-03-28T22:00", "2026-03-31T21:00"),
        ("2026-02", "2026-02-28", "2026-03-29", "2026-02-27T22:00", "2026-03-29T21:00"),
        # Put back on 25 October 2026 at 04:00: that day has 25 hours.
        ("2026-10", "2026-10-25", "2026-10-31", "2026-10-24T21:00", "2026-10-31T22:00"),
        ("2026-09", "2026-09-30", "2026-10-25", "2026-09-29T21:00", "2026-10-25T22:00"),
    ],
)
def test_days_are_those_of_the_clock_in_kyiv(
    period: str, opens_on: str, closes_on: str, opens_at: str, closes_at: str
) -> None:
    window = BOOK.having(single(period, opens_on, closes_on)).window(
        USUAL_GROUP, Period.parse(period)
    )

    assert (window.opens_at, window.closes_at) == (utc(opens_at), utc(closes_at))
    assert (str(window.opens_on), str(window.closes_on)) == (opens_on, closes_on)
    assert window.state(window.closes_at - A_MOMENT) is WindowState.OPEN
    assert window.state(window.closes_at) is WindowState.CLOSED


def test_two_groups_mean_two_months_at_one_moment() -> None:
    book = BOOK.having(single("2026-10", "2026-10-25", "2026-11-20", FACTORIES))
    now = utc("2026-11-15T12:00")

    assert str(book.current(FACTORIES, now).period) == "2026-10"
    assert str(book.current(USUAL_GROUP, now).period) == "2026-11"
    assert str(book.current(FACTORIES, utc("2026-11-20T22:00")).period) == "2026-11"


def test_a_month_closes_for_each_group_by_itself() -> None:
    book = BOOK.having(single("2026-10", "2026-10-25", "2026-11-20", FACTORIES))
    october, now = Period(2026, 10), utc("2026-11-15T12:00")

    closed = ClosedWindows.at(now, book, october)

    assert closed.has(USUAL_GROUP)
    assert closed.has("nobody-said-a-word")
    assert not closed.has(FACTORIES)
    assert closed.still_open == [FACTORIES]
    with pytest.raises(WindowStillOpen) as refused:
        closed.require(FACTORIES)
    assert refused.value.facts["closes_at"] == utc("2026-11-20T22:00")
    earlier = book.having(single("2026-11", "2026-11-28", "2026-11-30", "early"))
    for_some = ClosedWindows.at(utc("2026-12-01T12:00"), earlier, Period(2026, 11))
    assert for_some.has("early")
    assert not for_some.has(USUAL_GROUP)
    assert not for_some.has(FACTORIES)
    with pytest.raises(WindowStillOpen):
        ClosedWindows.at(now, book, Period(2026, 11)).require(None)


def test_the_worker_looks_at_the_three_newest_closed_months_of_each_group() -> None:
    book = BOOK.having(single("2026-10", "2026-10-25", "2026-11-20", FACTORIES))

    found = ClosedWindows.lately(utc("2026-11-15T12:00"), book, most=3)

    assert [str(each.period) for each in found] == ["2026-07", "2026-08", "2026-09", "2026-10"]
    meant = {
        group: [str(each.period) for each in found if each.has(group)]
        for group in (USUAL_GROUP, FACTORIES)
    }
    assert meant == {
        USUAL_GROUP: ["2026-08", "2026-09", "2026-10"],
        FACTORIES: ["2026-07", "2026-08", "2026-09"],
    }


@pytest.mark.parametrize(
    ("opens_on", "closes_on"),
    [
        ("2026-10-31", "2026-12-03"),  # before its month
        ("2026-12-04", "2026-12-03"),  # closes before it opens
        ("2026-11-20", "2026-11-29"),  # closes before the month ends
        ("2026-11-29", "2027-02-01"),  # more than two months later
    ],
)
def test_days_that_make_no_window_are_refused(opens_on: str, closes_on: str) -> None:
    decision = single("2026-11", opens_on, closes_on)

    with pytest.raises(WindowDaysInvalid):
        require_sound(decision, BOOK, BOOK.having(decision), now=NOON)


@pytest.mark.parametrize(
    ("decision", "refusal"),
    [
        (standing("2026-12", 0, 0), WindowDaysInvalid),
        (single("2026-11", "2026-11-20", "2026-12-30"), WindowsOverlap),
        (single("2026-12", "2026-12-03", "2027-01-03"), WindowsOverlap),
    ],
)
def test_a_window_that_is_empty_or_meets_its_neighbour_is_refused(
    decision: WindowDecision, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        require_sound(decision, BOOK, BOOK.having(decision), now=NOON)


def test_an_open_window_does_not_end_in_the_past() -> None:
    now = utc("2026-12-02T12:00")
    ends_yesterday = single("2026-11", "2026-11-29", "2026-12-01")
    ends_today = single("2026-11", "2026-11-29", "2026-12-02")

    with pytest.raises(WindowAlreadyOver):
        require_sound(ends_yesterday, BOOK, BOOK.having(ends_yesterday), now=now)
    require_sound(ends_today, BOOK, BOOK.having(ends_today), now=now)


decisions = st.builds(
    WindowDecision,
    st.sampled_from([USUAL_GROUP, FACTORIES]),
    st.integers(-4, 4).map(Period(2026, 11).shifted),
    st.sampled_from([True]),
    st.none() | st.builds(WindowRule, st.integers(0, 31), st.integers(1, 27)),
)


@repeatably
@given(st.lists(decisions, max_size=8), st.integers(0, 400))
def test_whatever_was_said_somebody_always_means_a_month_that_is_not_closed(
    said: list[WindowDecision], hours: int
) -> None:
    book, now = WindowBook.of(CODE, len(said), said), NOON + timedelta(hours=hours)

    for group in (USUAL_GROUP, FACTORIES, "another"):
        window = book.current(group, now)
        assert window.state(now) is not WindowState.CLOSED
        older = [window.period.shifted(-back) for back in range(1, MOST_MONTHS_OPEN + 2)]
        assert all(book.window(group, each).closes_at <= now for each in older)
        closed = ClosedWindows.at(now, book, window.period.shifted(-1))
        assert closed.has(group) == (book.window(group, closed.period).closes_at <= now)


@repeatably
@given(st.lists(decisions, max_size=8), st.integers(0, 400))
def test_one_decision_after_the_other_makes_the_same_book_as_all_at_once(
    said: list[WindowDecision], version: int
) -> None:
    book = WindowBook(usual=CODE, version=version)
    for each in said:
        book = book.having(each)

    assert book == WindowBook.of(CODE, version, said)
