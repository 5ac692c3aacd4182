"""`run.py calendar`: what the operator sets is what due dates are counted with."""

import asyncio
from datetime import date

import pytest
from typer.testing import CliRunner, Result

from app.cli.calendar import calendar as commands
from app.database import Database
from app.models.orders.working_calendar import WorkingCalendar
from app.repositories.orders.calendar import CalendarRepository

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "order 12")
NEW_YEARS_EVE = date(2026, 12, 31)


async def run(url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, commands, list(arguments), env={"DATABASE_URL": url}
    )


async def read(database: Database) -> WorkingCalendar:
    async with database.begin() as transaction:
        return await CalendarRepository(transaction).get()


async def test_a_day_is_set_shown_and_left_to_the_week_again(url: str, database: Database) -> None:
    day = NEW_YEARS_EVE.isoformat()
    done = await run(url, "set", day, "off", *BY)
    again = await run(url, "set", day, "off", *BY)
    set_apart = await read(database)
    shown = await run(url, "show")
    undone = await run(url, "set", day, "usual", *BY)

    assert [each.exit_code for each in (done, again, shown, undone)] == [0] * 4, done.output
    assert "nothing was changed" in again.stdout
    assert shown.stdout == "2026-12-31 off (o.kravets: order 12)\n"
    assert not set_apart.is_working(NEW_YEARS_EVE)
    assert (await read(database)).is_working(NEW_YEARS_EVE)


async def test_holidays_are_days_off_from_a_day_on_and_suspended_again(
    url: str, database: Database
) -> None:
    christmas = date(2026, 12, 25)
    assert (await read(database)).is_working(christmas)

    done = await run(url, "holidays", "2026-12-01", *BY)
    applied = await read(database)
    suspended = await run(url, "holidays", "never", *BY)

    assert (done.exit_code, suspended.exit_code) == (0, 0), done.output
    assert not applied.is_working(christmas)
    assert applied.is_working(date(2026, 10, 1)), "before that day"
    assert (await read(database)).is_working(christmas)


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "31.12.2026", "off", *BY),
        ("set", "1026-12-31", "off", *BY),
        ("set", "2026-12-31", "off", "--operator", " ", "--reason", "x"),
        ("holidays", "sometimes", *BY),
    ],
)
async def test_what_cannot_be_meant_is_refused(url: str, arguments: tuple[str, ...]) -> None:
    refused = await run(url, *arguments)

    assert refused.exit_code == 2
    assert refused.output
