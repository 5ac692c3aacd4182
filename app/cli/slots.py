"""When crews can come: the slots that customers book."""

import csv
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.services.orders.slots import SlotPlan

slots = typer.Typer(help="Load when crews can come.", no_args_is_help=True)

COLUMNS = ("district", "address_part", "starts_at", "ends_at", "capacity")
MOST_ROWS = 100_000
MOST_PLACES = 1000
WRITTEN = "%Y-%m-%d %H:%M"


@slots.callback()
def family() -> None:
    """Load when crews can come."""


@slots.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV: {', '.join(COLUMNS)}.")],
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Bring the slots up to date with a plan: all of it, or nothing.

    Moments are Kyiv's, written 2026-12-01 09:00.
    """
    from app.services.orders.slots import SlotService

    act, plans = operator_act(operator, reason), _read(file)
    count = run_use_case(
        lambda database, clock: SlotService(database=database, clock=clock).load(plans, act)
    )
    typer.echo(f"{count} slots are as the plan says.")


def _read(file: Path) -> "list[SlotPlan]":
    plans: list[SlotPlan] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                refuse(f"{file}: the first line is not {','.join(COLUMNS)}.")
            for row in rows:
                if not any(map(str.strip, filter(None, row.values()))):
                    continue  # where a spreadsheet was formatted
                if len(plans) >= MOST_ROWS:
                    refuse(f"{file}: more than {MOST_ROWS} rows.")
                plans.append(_plan(row, rows.line_num))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        refuse(f"{file} cannot be read: {error}.")
    return plans


def _plan(row: dict[str, str], line: int) -> "SlotPlan":
    from app.clock import KYIV
    from app.services.orders.slots import SlotPlan

    try:
        starts_at, ends_at = (
            datetime.strptime(row[name], WRITTEN).replace(tzinfo=KYIV)
            for name in ("starts_at", "ends_at")
        )
        capacity = int(row["capacity"])
    except (ValueError, TypeError):
        refuse(f"Line {line}: a moment is not written 2026-12-01 09:00, or a number is none.")
    if not row["district"] or not 0 <= capacity <= MOST_PLACES or starts_at >= ends_at:
        refuse(f"Line {line}: no district, no length, or not 0 to {MOST_PLACES} places.")
    return SlotPlan(
        district=row["district"],
        address_part=row["address_part"],
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
    )
