"""The catalogue of services that customers order."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.failure import fail, refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.services.orders.catalogue import LoadedCatalogue

services = typer.Typer(help="Load what customers can order.", no_args_is_help=True)

EXAMPLES = """\
The prices of these services are examples; put your own into the file, without is_example:
  {codes}"""


@services.callback()
def family() -> None:
    """Load what customers can order."""


@services.command()
def load(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The catalogue; the program's own if left out."),
    ] = None,
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Bring the catalogue up to date with a file: all of it, or nothing.

    Orders that are placed keep the version that they were placed by.
    """
    from app.adapters.service_catalogue import DEFAULT, CatalogueUnreadable, read_catalogue
    from app.models.orders.catalogue import CatalogueRefused
    from app.services.orders.catalogue import CatalogueService

    act = operator_act(operator, reason)
    try:
        catalogue = read_catalogue(file or DEFAULT)
    except CatalogueUnreadable as unreadable:
        refuse(f"The catalogue cannot be read: {unreadable}.")
    try:
        loaded = run_use_case(
            lambda database, clock: CatalogueService(database=database, clock=clock).load(
                catalogue, act
            )
        )
    except CatalogueRefused as refused:
        lines = [f"  {flaw.pointer}: {flaw.facts['reason']}" for flaw in refused.flaws]
        fail("\n".join(["Nothing was loaded; the file has mistakes.", *lines]))
    _tell(loaded)


@services.command()
def template() -> None:
    """Print the program's own catalogue, to be changed and loaded."""
    from app.adapters.service_catalogue import DEFAULT

    typer.echo(DEFAULT.read_text(encoding="utf-8"), nl=False)


def _tell(loaded: "LoadedCatalogue") -> None:
    for name in ("added", "changed", "same"):
        codes: tuple[str, ...] = getattr(loaded, name)
        typer.echo(f"{name}: {len(codes)}" + (f" ({', '.join(codes)})" if codes else ""))
    if loaded.examples:
        typer.echo(EXAMPLES.format(codes=", ".join(loaded.examples)), err=True)
