"""What staff did that concerns no one company."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.models.operator_act import RecordedAct

MOST: int = 1000
NOBODY = "Nothing was done yet that concerns all customers."


def acts(
    *,
    most: Annotated[int, typer.Option(min=1, max=MOST, help="How many, at the most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List what staff did for all customers, and why.

    Newest first: prices and rates that were loaded, plans of crews, money of an acquirer.

    What was done to a company stands in the company's own audit trail.
    """
    from app.services.operations.operator_acts import OperatorActService

    found = run_use_case(lambda database, _: OperatorActService(database=database).newest(most))
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in found], ensure_ascii=False))
    elif found:
        _print(found)
    else:
        typer.echo(NOBODY)


def _as_json(act: "RecordedAct") -> dict[str, object]:
    return {
        "id": str(act.id),
        "done_at": act.done_at.isoformat(),
        "deed": act.deed,
        "operator": act.operator,
        "reason": act.reason,
        "details": act.details,
    }


def _print(acts: "Sequence[RecordedAct]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Done by staff")
    for heading in ("when", "what", "who", "why", "details"):
        table.add_column(heading, overflow="fold")
    for act in acts:
        details = ", ".join(f"{name}: {value}" for name, value in act.details.items())
        when = act.done_at.isoformat(sep=" ", timespec="seconds")
        table.add_row(when, act.deed, act.operator, act.reason, details)
    Console(markup=False).print(table)
