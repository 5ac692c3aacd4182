"""Looking whether receipts of readings have been rewritten."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.failure import fail, refuse
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.clock import Clock
    from app.database import Database
    from app.services.metering.receipt_chains import VerifiedChain

BAD_TAX_ID: Final = "This is not a tax id: 8 digits (EDRPOU) or 10 (INN), with a true check digit."
NO_CHAIN: Final = "No company with this tax id has handed in readings."
GOOD: Final = "{tax_id}: {receipts} receipts, unbroken; the last hash is {hash}"
BROKEN: Final = "{tax_id}: broken after {receipts} good receipts: receipt {receipt_id} {what}"
WHAT: Final = {
    "no_place": "has no place in the chain",
    "missing_before": "follows one that is gone",
    "not_linked": "does not carry the hash of the one before",
    "hash": "has been changed: its hash is of something else",
    "digest": "stands for other readings than it was made for",
    "end_missing": "was not the last: those after it are gone",
}
NONE: Final = "Nobody has handed in readings."
SOME_BROKEN: Final = """\
{count} of {chains} chains are broken. Somebody has written past the application.
  Keep this output, compare with a backup, and see docs/receipts.md."""


def verify(
    *,
    tax_id: Annotated[str | None, typer.Option(help="Only this company.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Walk the chains of receipts and name the first broken receipt of each company.

    Nothing is changed. The exit code is 1 if a chain is broken.
    """
    wanted = None if tax_id is None else _tax_id(tax_id)
    chains = run_use_case(lambda database, clock: _verify(database, clock, wanted))
    if wanted is not None and not chains:
        fail(NO_CHAIN)
    for chain in chains:
        typer.echo(json.dumps(_plain(chain)) if as_json else _line(chain))
    if not chains and not as_json:
        typer.echo(NONE)
    if broken := sum(chain.fault is not None for chain in chains):
        fail(SOME_BROKEN.format(count=broken, chains=len(chains)))


async def _verify(
    database: "Database", _clock: "Clock", tax_id: str | None
) -> Sequence["VerifiedChain"]:
    from app.services.metering.receipt_chains import ReceiptChainService

    service = ReceiptChainService(database=database)
    return [chain async for chain in service.verify(tax_id=tax_id)]


def _line(chain: "VerifiedChain") -> str:
    if chain.fault is None:
        return GOOD.format(tax_id=chain.tax_id, receipts=chain.receipts, hash=chain.hash)
    return BROKEN.format(
        tax_id=chain.tax_id,
        receipts=chain.receipts,
        receipt_id=chain.receipt_id,
        what=WHAT[chain.fault],
    )


def _plain(chain: "VerifiedChain") -> dict[str, object]:
    receipt_id = None if chain.receipt_id is None else str(chain.receipt_id)
    return asdict(chain) | {"receipt_id": receipt_id}


def _tax_id(text: str) -> str:
    from app.identifiers import IdentifierRefused, parse_tax_id

    try:
        return parse_tax_id(text)
    except IdentifierRefused:
        refuse(BAD_TAX_ID)
