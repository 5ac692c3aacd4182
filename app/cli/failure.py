from enum import IntEnum
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from app.cli.terminal import plain

if TYPE_CHECKING:
    from app.errors import Unavailable

NOT_REACHED: Final = """\
The database cannot be reached: {reason}.
  Check DATABASE_URL, and that PostgreSQL runs there; without it the sandbox's own is used.
  Then run the command again; nothing is done twice."""
TOO_BUSY: Final = """\
The database is too busy: {reason}.
  Run the command again in a while; nothing is done twice."""


class Exit(IntEnum):
    FAILED = 1
    REFUSED = 2
    """Nothing was begun: the configuration or the machine does not allow it."""


def refuse(text: str) -> NoReturn:
    fail(text, Exit.REFUSED)


def fail(text: str, code: Exit = Exit.FAILED) -> NoReturn:
    typer.echo(plain(text), err=True)
    raise typer.Exit(code)


def fail_without_database(error: "Unavailable") -> NoReturn:
    """End the command, and say what the driver has said in one line."""
    from app.database import driver_error
    from app.errors import Busy

    said = "it gave no reason" if error.__cause__ is None else str(driver_error(error.__cause__))
    reason = " ".join(said.split()).rstrip(".")
    fail((TOO_BUSY if isinstance(error, Busy) else NOT_REACHED).format(reason=reason))
