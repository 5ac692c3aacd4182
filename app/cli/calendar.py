"""The operator's calendar: which days count as working days in the terms of orders."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.clock import Clock
    from app.database import Database
    from app.models.orders.calendar_day import CalendarDay
    from app.services.orders.calendar import CalendarService

calendar = typer.Typer(help="Say which days are working days.", no_args_is_help=True)

BAD_DAY = "The day {text!r} is not written YYYY-MM-DD."
FAR_DAY = "Terms of orders run between the years {first} and {last}."
DONE = "{day} is {kind} now."
ALREADY = "That was so already; nothing was changed."
NEVER = "never"


class DayKind(StrEnum):
    WORKING = "working"
    OFF = "off"
    USUAL = "usual"


KINDS = {DayKind.WORKING: True, DayKind.OFF: False, DayKind.USUAL: None}


@calendar.callback()
def family() -> None:
    """Say which days are working days."""


@calendar.command("set")
def set_day(
    day: Annotated[str, typer.Argument(metavar="DATE")],
    kind: Annotated[DayKind, typer.Argument(help="`usual`: as the week and the holidays say.")],
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Make a day a working day or a day off, whatever the week and the holidays say."""
    on, act = _day(day), operator_act(operator, reason)
    changed = _changed(lambda calendar: calendar.set_day(on, is_working=KINDS[kind], act=act))
    typer.echo(DONE.format(day=on, kind=kind.value) if changed else ALREADY)


@calendar.command()
def holidays(
    day: Annotated[str, typer.Argument(metavar="DATE|never")],
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Let public holidays be days off from a day on; `never` while martial law suspends them."""
    since, act = None if day == NEVER else _day(day), operator_act(operator, reason)
    changed = _changed(lambda calendar: calendar.apply_holidays_from(since, act=act))
    told = f"Public holidays are days off from {since} on." if since else "Holidays are suspended."
    typer.echo(told if changed else ALREADY)


@calendar.command()
def show(
    since: Annotated[str, typer.Option(metavar="DATE", help="From this day on.")] = "2020-01-01",
) -> None:
    """List the days that are set apart."""
    from app.services.orders.calendar import CalendarService

    first = _day(since)
    found = run_use_case(
        lambda database, clock: CalendarService(database=database, clock=clock).list_days(
            since=first
        )
    )
    for each in found:
        typer.echo(_line(each))


def _changed(change: "Callable[[CalendarService], Awaitable[bool]]") -> bool:
    """Change the calendar, and count the last days of all running orders anew."""
    from app.services.orders.calendar import CalendarService
    from app.services.orders.clocks import OrderClockService

    async def changed(database: "Database", clock: "Clock") -> bool:
        is_changed = await change(CalendarService(database=database, clock=clock))
        # Also when nothing was changed: the command before may have been cut off in between.
        await OrderClockService(database=database, clock=clock).count_anew()
        return is_changed

    return run_use_case(changed)


def _line(day: "CalendarDay") -> str:
    kind = DayKind.WORKING if day.is_working else DayKind.OFF
    return f"{day.day} {kind.value} ({day.operator}: {day.reason})"


def _day(text: str) -> date:
    from app.models.orders.calendar_day import FIRST_YEAR, LAST_YEAR

    try:
        day = date.fromisoformat(text)
    except ValueError:
        refuse(BAD_DAY.format(text=text))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        refuse(FAR_DAY.format(first=FIRST_YEAR, last=LAST_YEAR))
    return day
