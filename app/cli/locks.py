"""The command that makes the lock files; `run.py` does the work, before anything is installed."""

from typing import Annotated

import typer

from app.cli.failure import refuse

NOT_HERE = """\
The lock files are made by run.py itself: python3 run.py lock"""


def lock(
    *,
    upgrade: Annotated[  # noqa: ARG001 - named for the help; run.py hands it to uv
        bool, typer.Option("--upgrade", help="Take the newest versions.")
    ] = False,
    upgrade_package: Annotated[  # noqa: ARG001 - named for the help; run.py hands it to uv
        str, typer.Option(metavar="NAME", help="Take the newest version of one package.")
    ] = "",
) -> None:
    """Resolve pyproject.toml again into the lock files."""
    refuse(NOT_HERE)
