"""Commands about readings that somebody handed in."""

import typer

from app.cli.receipts import verify

readings = typer.Typer(help="Verify receipts of readings.", no_args_is_help=True)
readings.command()(verify)


@readings.callback()
def family() -> None:
    """Verify receipts of readings."""
