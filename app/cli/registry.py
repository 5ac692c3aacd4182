"""Loading the operator's register of customers, meters and readings."""

import typer

registry = typer.Typer(help="Load exports of the operator's register.", no_args_is_help=True)


@registry.callback()
def family() -> None:
    """Load exports of the operator's register."""
