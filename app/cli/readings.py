"""What the operator decides about readings that somebody handed in."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from app.cli.operator import OperatorName, operator_act
from app.cli.receipts import verify
from app.cli.terminal import plain
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.models.metering.reading_review import Outcome, WaitingReading

readings = typer.Typer(help="Decide about readings, and verify receipts.", no_args_is_help=True)
review = typer.Typer(help="Readings that are far from the usual.", no_args_is_help=True)
readings.add_typer(review, name="review")
readings.command()(verify)

WIDTH = 130
NOBODY_WAITS = "No reading waits for a decision."
DONE = {
    "accepted": "The reading is accepted: it counts from now on.",
    "rejected": "The reading is rejected: it counts for nothing. The customer sees the reason.",
    "withdrawn": "The reading is withdrawn: it counts for nothing. The customer sees the reason.",
}
ALREADY = "That was decided already; nothing was changed."
MORE = "The list is cut at {limit}; decide about these, or give --limit (500 at the most)."

ReadingId = Annotated[UUID, typer.Argument(metavar="ID", help="The reading's id.")]
Reason = Annotated[
    str, typer.Option(help="Why. The customer sees it, and it stays in the audit trail.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@review.command("list")
def list_waiting(
    *,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the readings in review, the longest waiting first."""
    from app.services.metering.reading_reviews import ReadingReviewService

    found = run_use_case(
        lambda database, clock: ReadingReviewService(database=database, clock=clock).waiting(
            limit=limit
        )
    )
    if as_json:
        typer.echo(json.dumps({"items": [_told(each) for each in found]}, ensure_ascii=False))
        return
    _show(found, limit)


@review.command()
def accept(
    reading_id: ReadingId, *, operator: OperatorName, reason: Reason, as_json: AsJson = False
) -> None:
    """Accept a reading in review: it is energy, and later values are measured against it."""
    _decide(reading_id, "accepted", operator, reason, as_json=as_json)


@review.command()
def reject(
    reading_id: ReadingId, *, operator: OperatorName, reason: Reason, as_json: AsJson = False
) -> None:
    """Reject a reading in review: it counts for nothing, and another one may be handed in."""
    _decide(reading_id, "rejected", operator, reason, as_json=as_json)


@readings.command()
def withdraw(
    reading_id: ReadingId, *, operator: OperatorName, reason: Reason, as_json: AsJson = False
) -> None:
    """Take back a reading that stands, whoever read it: it counts for nothing any more."""
    _decide(reading_id, "withdrawn", operator, reason, as_json=as_json)


def _decide(reading_id: UUID, name: str, operator: str, reason: str, *, as_json: bool) -> None:
    from app.models.metering.reading_review import Outcome
    from app.services.metering.reading_reviews import ReadingReviewService

    act, outcome = operator_act(operator, reason), Outcome(name)
    is_new = run_use_case(
        lambda database, clock: ReadingReviewService(database=database, clock=clock).decide(
            reading_id, outcome, act=act
        )
    )
    if as_json:
        typer.echo(json.dumps(_decided(reading_id, outcome, is_new=is_new)))
    else:
        typer.echo(DONE[outcome] if is_new else ALREADY)


def _decided(reading_id: UUID, outcome: "Outcome", *, is_new: bool) -> dict[str, Any]:
    return {"id": str(reading_id), "outcome": outcome.value, "is_changed": is_new}


def _told(waiting: "WaitingReading") -> dict[str, Any]:
    return {
        "id": str(waiting.id),
        "tax_id": waiting.tax_id,
        "company": waiting.company,
        "account_number": waiting.account_number,
        "meter_serial": waiting.meter_serial,
        "register_code": waiting.register_code,
        "read_on": waiting.read_on.isoformat(),
        "value": f"{waiting.value:.3f}",
        "energy": None if waiting.energy is None else f"{waiting.energy:.3f}",
        "findings": list(waiting.findings),
        "submitted_at": waiting.submitted_at.isoformat(),
        "submitted_by_tax_id": waiting.submitted_by_tax_id,
    }


def _show(found: "Sequence[WaitingReading]", limit: int) -> None:
    from rich.console import Console
    from rich.table import Table

    if not found:
        typer.echo(NOBODY_WAITS)
        return
    table = Table(
        "Reading", "Account", "Company", "Meter", "Register", "Read on", "Value", "Energy"
    )
    for each in found:
        table.add_row(
            str(each.id),
            each.account_number,
            plain(each.company),
            plain(each.meter_serial),
            each.register_code,
            each.read_on.isoformat(),
            f"{each.value:.3f}",
            "unknown" if each.energy is None else f"{each.energy:.3f}",
        )
    # An id is copied, so it stays whole: a narrow terminal wraps the lines itself.
    Console(width=max(Console().width, WIDTH), markup=False).print(table)
    if len(found) == limit:
        typer.echo(MORE.format(limit=limit))
