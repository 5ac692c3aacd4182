"""Loading the operator's register of customers, meters and readings."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.database import NAME, running_database
from app.cli.failure import fail, fail_without_database, refuse
from app.cli.migrations import upgrade
from app.devdb import NoDatabase, state_folder

if TYPE_CHECKING:
    from app.adapters.register_export import Problems
    from app.services.registry.load import Summary

registry = typer.Typer(help="Load exports of the operator's register.", no_args_is_help=True)

BAD_PATTERN = """\
CABINET_ACCOUNT_NUMBER_PATTERN is not a regular expression: {error}."""
NOTHING_LOADED = """\
Nothing was loaded: {count} in the export.
  Correct the export, or leave the bad rows out with --skip-bad."""


@registry.callback()
def family() -> None:
    """Load exports of the operator's register."""


@registry.command()
def load(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the CSV files are.")],
    *,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Load the good rows and leave the bad ones out.")
    ] = False,
    account_number_pattern: Annotated[
        str,
        typer.Option(
            envvar="CABINET_ACCOUNT_NUMBER_PATTERN",
            metavar="PATTERN",
            help="What an account number looks like.",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Bring the register up to date with an export: all of it, or nothing.

    A warning names a value that was loaded and leaves months without energy: it is lower than the
    one before, and the register has hardly passed zero.
    """
    from app.adapters.register_export import ExportMissing, ExportRefused
    from app.errors import Unavailable

    try:
        with running_database(state_folder(), _say) as database:
            if database.server:
                database.server.ensure_database(NAME)
            upgrade(database.url)
            summary = asyncio.run(
                _load(database.url, directory, skip_bad=skip_bad, pattern=account_number_pattern)
            )
    except NoDatabase as error:
        refuse(str(error))
    except ExportMissing as missing:
        refuse(f"There is no export to load: {missing}.")
    except re.error as error:
        refuse(BAD_PATTERN.format(error=error))
    except ExportRefused as refusal:
        _print_refusal(refusal.problems, as_json=as_json)
        fail(NOTHING_LOADED.format(count=_problem_count(refusal.problems)))
    except Unavailable as error:
        fail_without_database(error)
    _print_summary(summary, as_json=as_json)


async def _load(url: str, directory: Path, *, skip_bad: bool, pattern: str) -> "Summary":
    from app.cli.clock import command_clock
    from app.database import Database, create_engine
    from app.identifiers import AccountNumbers
    from app.services.registry.load import RegistryService
    from app.settings import Settings

    account_numbers = AccountNumbers(
        pattern or Settings.model_fields["account_number_pattern"].default
    )
    database = Database(create_engine(url, pool_size=1, longest_silence=None))
    service = RegistryService(
        database=database, clock=command_clock(), account_numbers=account_numbers
    )
    try:
        with _progress_bar() as progress:
            return await service.load(directory, skip_bad=skip_bad, progress=progress)
    finally:
        await database.close()


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    # On the error stream, so that the summary can be redirected without the bar.
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("reading", total=None)

        def progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        yield progress


def _told(problems: "Problems", name: str) -> dict[str, Any]:
    """Return problems for programs: the first of each file, and how many there are."""
    return {name: [asdict(problem) for problem in problems], f"{name}_count": len(problems)}


def _print_problems(problems: "Problems", kind: str = "") -> None:
    for problem in problems:
        typer.echo(f"{kind}{problem}", err=True)
    if problems.left_out:
        typer.echo(f"{kind}... and {problems.left_out} more", err=True)


def _problem_count(problems: "Problems") -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


def _print_refusal(problems: "Problems", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"files": [], **_told(problems, "problems")}, ensure_ascii=False))
    else:
        _print_problems(problems)


def _print_summary(summary: "Summary", *, as_json: bool) -> None:
    if as_json:
        files = [asdict(of) for of in summary.files]
        told = _told(summary.problems, "problems") | _told(summary.warnings, "warnings")
        typer.echo(json.dumps({"files": files, **told}, ensure_ascii=False))
    else:
        _print_problems(summary.problems)
        _print_problems(summary.warnings, "warning: ")
        _print_table(summary)


def _print_table(summary: "Summary") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("File", title="Register loaded")
    for heading in ("added", "changed", "same", "kept", "refused"):
        table.add_column(heading, justify="right")
    for of in summary.files:
        counts = (of.added, of.changed, of.same, of.kept, of.refused)
        table.add_row(of.file, *(str(count) for count in counts))
    Console().print(table)


def _say(text: str) -> None:
    typer.echo(text, err=True)
