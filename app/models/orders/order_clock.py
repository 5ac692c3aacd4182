"""Where an order's clock stands: what the law gives the operator, and what is used of it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.models.orders.deadline import DayCount, DueDate, Term
from app.models.orders.order import Order
from app.models.orders.service import Service
from app.models.orders.working_calendar import WorkingCalendar


class ClockState(StrEnum):
    NOT_STARTED = "not_started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClock:
    state: ClockState
    started_on: date | None
    due: DueDate | None
    term: Term
    days_used: int


def read_clock(
    order: Order, service: Service, calendar: WorkingCalendar, *, today: date
) -> OrderClock:
    """Return where the clock stands today; after its end, where it stood then."""
    term = term_of(order, service)
    if order.started_on is None:
        state = ClockState.STOPPED if order.stopped_on else ClockState.NOT_STARTED
        return OrderClock(state=state, started_on=None, due=None, term=term, days_used=0)
    counted = DayCount(term, order.started_on, calendar, order.all_pauses)
    as_of = order.stopped_on or today
    due = counted.due(as_of)
    return OrderClock(
        state=_state(order, due, today),
        started_on=order.started_on,
        due=due,
        term=term,
        days_used=counted.used(as_of),
    )


def term_of(order: Order, service: Service) -> Term:
    """Return the term of the answers as they were when the order was submitted."""
    term = service.term(order.answers)
    return Term(order.term_days or term.days, term.unit, term.first_day)


def due_date(
    order: Order, service: Service, calendar: WorkingCalendar, *, today: date
) -> date | None:
    """Return the day after which the order is late; None while that cannot be said.

    Of an order that ended in time there is none; of one that ended late there is.
    """
    return _last_day(order, term_of(order, service), calendar, today)


def owed_again_after(
    order: Order, service: Service, calendar: WorkingCalendar, *, today: date
) -> date | None:
    """Return the day after which a compensation that repeats is owed once more.

    The term is as if the law had given so many days more for each time that it was owed; so pauses
    count as they do for the first. None: it does not repeat, or was not owed yet, or that cannot
    be said.
    """
    row = service.repeated_compensation
    if row is None or row.repeat_days is None or not order.times_owed:
        return None
    term = term_of(order, service)
    longer = replace(term, days=term.days + order.times_owed * row.repeat_days)
    return _last_day(order, longer, calendar, today)


def _last_day(order: Order, term: Term, calendar: WorkingCalendar, today: date) -> date | None:
    if order.started_on is None or order.is_paused:
        return None
    counted = DayCount(term, order.started_on, calendar, order.all_pauses)
    due = counted.due(order.stopped_on or today)
    if due is None or (order.stopped_on is not None and order.stopped_on <= due.shifted_on):
        return None
    return due.shifted_on


def _state(order: Order, due: DueDate | None, today: date) -> ClockState:
    if order.stopped_on is not None:
        return ClockState.STOPPED
    if order.is_paused:
        return ClockState.PAUSED
    is_late = due is not None and today > due.shifted_on
    return ClockState.OVERDUE if is_late else ClockState.RUNNING
