"""Runs a use case of the operator on the database of this machine, or on the one that is named."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from app.cli.database import NAME, running_database
from app.cli.failure import fail, fail_without_database, refuse
from app.cli.migrations import upgrade
from app.devdb import NoDatabase, state_folder

if TYPE_CHECKING:
    from app.clock import Clock
    from app.database import Database
    from app.errors import AppError

Result = TypeVar("Result")


def run_use_case(work: "Callable[[Database, Clock], Awaitable[Result]]") -> Result:
    """Return what the work returns, or end the command with the text of its refusal."""
    from app.errors import AppError, Busy, DatabaseUnavailable

    try:
        with running_database(state_folder(), _say) as database:
            if database.server:
                database.server.ensure_database(NAME)
                upgrade(database.url)
            return asyncio.run(_run(database.url, work))
    except NoDatabase as error:
        refuse(str(error))
    except (Busy, DatabaseUnavailable) as error:
        fail_without_database(error)
    except AppError as refused:
        fail(refusal_text(refused))


def refusal_text(refused: "AppError") -> str:
    """Return what a refusal says, in English, with what is wrong line by line, and what to do."""
    from app.texts import Locale, say

    detail = say(f"problem.{refused.code}.title", Locale.EN)
    lines = [f"  {flaw.pointer}: {flaw.facts.get('reason', flaw.code)}" for flaw in refused.flaws]
    facts = [f"  {name}: {_spelled(fact)}" for name, fact in refused.facts.items()]
    said = [f"{detail} ({refused.code}); nothing was changed.", *lines, *facts]
    return "\n".join([*said, *_remedy(refused)])


def _remedy(refused: "AppError") -> list[str]:
    from app.texts import Locale, catalogue, say

    key = f"problem.{refused.code}.remedy"
    # A remedy that needs a fact of HTTP, such as whom to call, is none for the operator.
    if not catalogue().placeholders(key, Locale.EN) <= refused.facts.keys():
        return []
    return [f"  {say(key, Locale.EN, **refused.facts)}"]


def _spelled(fact: object) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list | tuple) else str(fact)


async def _run(url: str, work: "Callable[[Database, Clock], Awaitable[Result]]") -> Result:
    from app.cli.clock import command_clock
    from app.database import Database, create_engine

    database = Database(create_engine(url, pool_size=2))
    try:
        return await work(database, command_clock())
    finally:
        await database.close()


def _say(line: str) -> None:
    typer.echo(line, err=True)
