"""A member's dates, worded for people."""

from collections.abc import Iterator

from app.clock import kyiv_date
from app.models.calendars.feed import CalendarFeed, InvoiceDue, OrderDates
from app.models.metering.reading_window import ReadingWindow
from app.models.orders.texts import localized
from app.renderings.icalendar import ONE_DAY, CalendarEvent, calendar
from app.texts import Locale, say


def member_calendar(feed: CalendarFeed) -> str:
    """Return the calendar: windows for readings, invoices due, crews, terms of orders."""
    name = say("calendar.name", feed.locale)
    return calendar(name, _events(feed), made_at=feed.made_at)


def _events(feed: CalendarFeed) -> Iterator[CalendarEvent]:
    for window in feed.windows:
        yield _window(window, feed.locale)
    for invoice in feed.invoices:
        yield _invoice(invoice, feed.locale)
    for order in feed.orders:
        yield from _order(order, feed.locale)


def _window(window: ReadingWindow, locale: Locale) -> CalendarEvent:
    opens_on = kyiv_date(window.opens_at)
    last_day = max(kyiv_date(window.closes_at) - ONE_DAY, opens_on)
    facts = {"period": window.period, "opens_on": opens_on, "last_day": last_day}
    return CalendarEvent(
        uid=f"readings-{window.period}@cabinet",
        summary=say("calendar.readings.summary", locale, **facts),
        detail=say("calendar.readings.detail", locale, **facts),
        begins=opens_on,
        ends_on=last_day,
    )


def _invoice(invoice: InvoiceDue, locale: Locale) -> CalendarEvent:
    facts = {
        "number": invoice.number,
        "account_number": invoice.account_number,
        "amount": invoice.outstanding,
    }
    return CalendarEvent(
        uid=f"invoice-{invoice.id}@cabinet",
        summary=say("calendar.invoice.summary", locale, **facts),
        detail=say("calendar.invoice.detail", locale, **facts),
        begins=invoice.due_on,
    )


def _order(order: OrderDates, locale: Locale) -> Iterator[CalendarEvent]:
    facts = {
        "number": order.number,
        "service": localized(order.title, locale),
        "account_number": order.account_number,
    }
    if order.starts_at is not None:
        yield CalendarEvent(
            uid=f"appointment-{order.id}@cabinet",
            summary=say("calendar.appointment.summary", locale, **facts),
            detail=say("calendar.appointment.detail", locale, **facts),
            begins=order.starts_at,
            ends=order.ends_at,
            location=order.address,
        )
    if order.due_on is not None:
        yield CalendarEvent(
            uid=f"order-{order.id}@cabinet",
            summary=say("calendar.order.summary", locale, **facts),
            detail=say("calendar.order.detail", locale, **facts),
            begins=order.due_on,
        )
