"""The deadline calculator, on the dates of the law's own examples."""

from datetime import date, timedelta

import pytest

from app.models.orders.deadline import DayCount, DayUnit, DueDate, FirstDay, Pause, Term
from app.models.orders.working_calendar import (
    NoWorkingDay,
    WorkingCalendar,
    days_off,
    orthodox_easter,
)

MARTIAL_LAW = WorkingCalendar()
PEACE = WorkingCalendar(public_holidays_apply_from=date(2026, 1, 1))
FIVE_WORKING = Term(5, DayUnit.WORKING)
FROM_PAYMENT = Term(45, DayUnit.CALENDAR, FirstDay.NEXT_WORKING_DAY)


def count(
    term: Term, event_on: str, *pauses: Pause, calendar: WorkingCalendar = MARTIAL_LAW
) -> DayCount:
    return DayCount(term, date.fromisoformat(event_on), calendar, pauses)


def due(counted: DayCount, today: date | None = None) -> DueDate:
    found = counted.due(today or counted.event_on)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("event_on", "calendar", "due_on"),
    [
        ("2026-10-28", MARTIAL_LAW, "2026-11-04"),
        ("2026-08-17", MARTIAL_LAW, "2026-08-24"),
        ("2026-08-17", PEACE, "2026-08-25"),
    ],
)
def test_working_days_count_from_the_day_after(
    event_on: str, calendar: WorkingCalendar, due_on: str
) -> None:
    found = due(count(FIVE_WORKING, event_on, calendar=calendar))

    assert found.due_on.isoformat() == found.shifted_on.isoformat() == due_on


@pytest.mark.parametrize(
    ("paid_on", "first_day", "due_on", "shifted_on"),
    [
        ("2026-10-28", "2026-10-29", "2026-12-12", "2026-12-14"),
        ("2026-10-30", "2026-11-02", "2026-12-16", "2026-12-16"),
    ],
)
def test_calendar_days_from_payment_end_on_a_working_day(
    paid_on: str, first_day: str, due_on: str, shifted_on: str
) -> None:
    counted = count(FROM_PAYMENT, paid_on)
    found = due(counted)

    assert counted.first_day.isoformat() == first_day
    assert (found.due_on.isoformat(), found.shifted_on.isoformat()) == (due_on, shifted_on)


def test_the_dormant_holidays_of_2026_are_known() -> None:
    named = ["01-01", "03-08", "04-12", "05-01", "05-08", "05-31"]
    named += ["06-28", "07-15", "08-24", "10-01", "12-25"]

    assert {f"2026-{each}" for each in named} <= {day.isoformat() for day in days_off(2026)}
    assert date(2026, 3, 9) in days_off(2026), "8 March is a Sunday"
    assert date(2026, 4, 13) in days_off(2026), "and so is Easter"


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, "2024-05-05"), (2025, "2025-04-20"), (2026, "2026-04-12"), (2027, "2027-05-02")],
)
def test_easter(year: int, day: str) -> None:
    assert orthodox_easter(year).isoformat() == day


def test_what_the_operator_sets_stands_above_everything() -> None:
    calendar = WorkingCalendar({date(2026, 10, 31): True, date(2026, 11, 2): False})

    assert due(count(FIVE_WORKING, "2026-10-28", calendar=calendar)).due_on == date(2026, 11, 4)
    assert calendar.working_day_from(date(2026, 11, 1)) == date(2026, 11, 3)


def test_a_question_answered_on_the_same_day_costs_no_day() -> None:
    pause = Pause(date(2026, 10, 29), date(2026, 10, 29))

    assert due(count(FIVE_WORKING, "2026-10-28", pause)).due_on == date(2026, 11, 4)


def test_a_pause_moves_the_due_date_by_its_days() -> None:
    pause = Pause(date(2026, 10, 29), date(2026, 11, 3))
    counted = count(FIVE_WORKING, "2026-10-28", pause)

    assert due(counted).due_on == date(2026, 11, 9), "Fri, Mon and Tue do not count"
    assert [counted.used(date(2026, 10, day)) for day in (28, 29, 30)] == [0, 1, 1]
    assert counted.used(date(2026, 11, 4)) == 2


def test_a_pause_that_lasts_is_taken_to_end_today() -> None:
    counted = count(FIVE_WORKING, "2026-10-28", Pause(date(2026, 10, 29)))

    assert due(counted, date(2026, 10, 29)).due_on == date(2026, 11, 4)
    assert due(counted, date(2026, 11, 3)).due_on == date(2026, 11, 9)
    assert counted.used(date(2026, 12, 31)) == 1


def test_the_last_day_is_the_day_on_which_all_are_used() -> None:
    for days in range(1, 60):
        for unit in DayUnit:
            counted = count(Term(days, unit), "2026-07-01", calendar=PEACE)
            last = due(counted).due_on
            assert counted.used(last) == days
            assert counted.used(last - timedelta(days=1)) == days - 1


def test_a_calendar_without_working_days_is_a_mistake() -> None:
    always = {date(2026, 1, 1) + timedelta(days=day): False for day in range(100)}

    with pytest.raises(NoWorkingDay):
        WorkingCalendar(always).working_day_from(date(2026, 1, 1))


def test_a_pause_of_years_leaves_no_due_date() -> None:
    counted = count(FIVE_WORKING, "2026-10-28", Pause(date(2026, 10, 28), date(2040, 1, 1)))

    assert counted.due(date(2040, 1, 2)) is None
