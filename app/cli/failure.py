from enum import IntEnum
from typing import NoReturn

import typer


class Exit(IntEnum):
    FAILED = 1
    REFUSED = 2
    """Nothing was begun: the configuration or the machine does not allow it."""


def refuse(text: str) -> NoReturn:
    fail(text, Exit.REFUSED)


def fail(text: str, code: Exit = Exit.FAILED) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
