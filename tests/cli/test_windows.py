"""`run.py windows`: what the operator says of windows, and sees of them."""

import asyncio
import json

import pytest
from typer.testing import CliRunner, Result

from app.cli.settlement import settlement
from app.cli.windows import windows as commands
from app.database import Database
from tests.factories.registry import create_company
from tests.steps.metering.settling import versions
from tests.steps.metering.windows import put_into

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "order 12")
FAR = "2099-10"
"""Far enough from the clock of the command."""


async def run(url: str, *arguments: str) -> Result:
    env = {"DATABASE_URL": url}
    return await asyncio.to_thread(CliRunner().invoke, commands, list(arguments), env=env)


async def test_a_window_is_set_shown_and_left_to_the_settings_again(url: str) -> None:
    days = "2099-10-20..2099-11-05"

    tried = await run(url, "set", FAR, days, *BY, "--dry-run")
    done = await run(url, "set", FAR, days, *BY)
    again = await run(url, "set", FAR, days, *BY)
    shown = await run(url, "list", FAR)
    undone = await run(url, "set", FAR, "usual", *BY)

    assert {each.exit_code for each in (tried, done, again, shown, undone)} == {0}, done.output
    assert tried.stdout.splitlines()[-1] == "A dry run: nothing was changed."
    assert done.stdout == (
        "Readings for 2099-10 of the group usual are taken from 2099-10-20 to 2099-11-05"
        " (0 accounts).\n"
    )
    assert "nothing was changed" in again.stdout
    assert shown.stdout.splitlines() == [
        "2099-10 usual: from 2099-10-20 to 2099-11-05",
        "  2099-10 usual: from 2099-10-20 to 2099-11-05 (o.kravets: order 12)",
    ]
    assert "from 2099-10-30 to 2099-11-03" in undone.stdout


async def test_a_rule_holds_for_a_group_from_a_month_on(url: str, database: Database) -> None:
    await put_into(database, await create_company(database), "factories")

    done = await run(url, "rule", FAR, "0..1", "--group", "factories", *BY, "--json")
    shown = await run(url, "list", "2099-12", "--json")

    assert (done.exit_code, shown.exit_code) == (0, 0), done.output
    told = json.loads(done.stdout)
    assert (told["accounts"], told["is_changed"], told["is_dry_run"]) == (1, True, False)
    assert json.loads(shown.stdout)["windows"]["factories"] == {
        "opens_at": "2099-12-31T22:00:00+00:00",
        "closes_at": "2100-01-01T22:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "2099-13", "usual"), "YYYY-MM"),
        (("set", FAR, "2099-10-20"), "YYYY-MM-DD..YYYY-MM-DD"),
        (("rule", FAR, "32..3"), "31 at the most"),
        (("rule", FAR, "2..28"), "27 at the most"),
        (("set", FAR, "usual", "--group", "Factories"), "small letters"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    url: str, arguments: tuple[str, ...], says: str
) -> None:
    done = await run(url, *arguments, *BY)

    assert done.exit_code == 2
    assert says in done.output


async def test_what_makes_no_window_is_refused_with_its_bounds(url: str) -> None:
    done = await run(url, "set", FAR, "2099-10-20..2099-10-25", *BY)

    assert done.exit_code == 1
    assert "window_days_invalid" in done.output
    assert "closes_from: 2099-10-31" in done.output


async def test_closing_says_which_groups_are_left_for_later(url: str, database: Database) -> None:
    factory = await create_company(database, history={"2025-10": "100"})
    await put_into(database, factory, "factories")
    later = await run(url, "set", "2099-12", "2099-12-20..2100-01-05", "--group", "factories", *BY)
    close = ["close", "2099-12", *BY]
    done = await asyncio.to_thread(CliRunner().invoke, settlement, close, env={"DATABASE_URL": url})

    assert later.exit_code == 0, later.output
    assert done.exit_code == 1
    assert "window_still_open" in done.output
    assert await versions(database, factory) == {}
