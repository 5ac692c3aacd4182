"""Whatever is asked, answered and slept over: the days used are the days really counted."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.orders.deadline import DayCount, DayUnit, FirstDay, Pause, Term
from app.models.orders.working_calendar import WorkingCalendar

BEGIN = date(2026, 11, 30)
NIGHTS = st.integers(min_value=0, max_value=9)
DAYS_OFF = st.sets(st.dates(BEGIN, BEGIN + timedelta(days=90)), max_size=15)


def counted_by_hand(
    term: Term, calendar: WorkingCalendar, nights: list[int], days: int
) -> tuple[int, tuple[Pause, ...]]:
    """Live through the days one by one; of two spans each second one is a pause."""
    ends = [sum(nights[: place + 1]) for place in range(len(nights))]
    waits = [(ends[place - 1], ends[place]) for place in range(1, len(ends), 2)]
    used = 0
    for passed in range(1, days + 1):
        day = BEGIN + timedelta(days=passed)
        is_waiting = any(begin < passed <= end for begin, end in waits)
        is_counted = term.unit is DayUnit.CALENDAR or calendar.is_working(day)
        has_begun = term.first_day is FirstDay.NEXT_DAY or any(
            calendar.is_working(BEGIN + timedelta(days=each)) for each in range(1, passed + 1)
        )
        used += is_counted and has_begun and not is_waiting
    pauses = tuple(
        Pause(BEGIN + timedelta(days=begin), BEGIN + timedelta(days=end)) for begin, end in waits
    )
    return used, pauses


@settings(max_examples=300, deadline=None)
@given(
    days=st.integers(1, 60),
    unit=st.sampled_from(DayUnit),
    first_day=st.sampled_from(FirstDay),
    nights=st.lists(NIGHTS, max_size=8),
    off=DAYS_OFF,
    today=st.integers(0, 120),
)
def test_days_used_are_the_days_really_counted(
    days: int, unit: DayUnit, first_day: FirstDay, nights: list[int], off: set[date], today: int
) -> None:
    calendar = WorkingCalendar(dict.fromkeys(off, False))
    term = Term(days, unit, first_day)
    used, pauses = counted_by_hand(term, calendar, nights, today)
    counted = DayCount(term, BEGIN, calendar, pauses)

    assert counted.used(BEGIN + timedelta(days=today)) == used
    due = counted.due(BEGIN + timedelta(days=today))
    assert due is not None
    assert counted.used(due.due_on) == days, "the last day is the day on which all are used"
    assert counted.used(due.due_on - timedelta(days=1)) == days - 1
    assert due.shifted_on >= due.due_on
    assert calendar.is_working(due.shifted_on)
