"""monobank for companies: transactions as JSON, amounts in hryvnias, the sign tells the way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

from app.adapters.bank_statements import values
from app.adapters.bank_statements.json_items import items
from app.adapters.bank_statements.refusals import StatementRefused
from app.clock import kyiv_date
from app.models.payments.bank_line import BankLine, Counterparty

DONE: Final = "DONE"
MARK: Final = "counterEdrpou"
"""A member that tells this format from others."""


def read(file: BinaryIO, *, iban: str) -> Iterator[BankLine]:
    """Yield the transactions of a file, which does not say itself of which account they are.

    :raises StatementRefused: not such a file, or a transaction that cannot be read.
    """
    for number, item in items(file):
        own = values.own_iban(str(item.get("iban") or item.get("account") or iban), line=number)
        yield _line(number, item, own)


def _line(number: int, item: dict[str, Any], iban: str) -> BankLine:
    def said(name: str) -> str:
        found = item.get(name)
        return "" if found is None else str(found)

    if not said("id"):
        raise StatementRefused("reference_missing", line=number)
    values.require_hryvnia(said("currencyCode"), line=number)
    return BankLine(
        iban=iban,
        bank_ref=values.text(said("id"), longest=140),
        booked_on=kyiv_date(_moment(item, number)),
        amount=values.money(said("amount"), line=number),
        other=Counterparty(
            name=values.name(said("counterName")),
            tax_id=values.tax_id(said(MARK)),
            iban=values.other_iban(said("counterIban")),
        ),
        purpose=values.text(said("description")),
        is_reversal=item.get("reverse") is True,
        is_final=said("status") in {"", DONE},
        document=values.text(said("docNumber"), longest=140),
    )


def _moment(item: dict[str, Any], number: int) -> datetime:
    """Return when it was booked, written as seconds since 1970 or as RFC 3339."""
    found = item.get("time") or item.get("date")
    try:
        if isinstance(found, int) and not isinstance(found, bool):
            return datetime.fromtimestamp(found, UTC)
        moment = datetime.fromisoformat(str(found))
    except (ValueError, OverflowError, OSError):
        raise StatementRefused("date_unreadable", line=number, detail=str(found)[:40]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
