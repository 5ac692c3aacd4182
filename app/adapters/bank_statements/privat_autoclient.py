"""PrivatBank's Autoclient: transactions as JSON, amounts as text in hryvnias."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from app.adapters.bank_statements import values
from app.adapters.bank_statements.json_items import items
from app.adapters.bank_statements.refusals import StatementRefused
from app.models.payments.bank_line import BankLine, Counterparty

SIGNS: Final = {"C": 1, "D": -1}
MOMENT: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
REAL, DONE = "r", "r"
"""FL_REAL and PR_PR: the transaction happened, and was neither reversed (t) nor rejected (n)."""
MARK: Final = "TRANTYPE"
"""A member that tells this format from others."""


def read(file: BinaryIO) -> Iterator[BankLine]:
    """Yield the transactions of a file.

    :raises StatementRefused: not such a file, or a transaction that cannot be read.
    """
    for number, item in items(file):
        yield _line(number, item)


def _line(number: int, item: dict[str, Any]) -> BankLine:
    def said(name: str) -> str:
        found = item.get(name)
        return "" if found is None else str(found)

    way = said(MARK)
    if way not in SIGNS:
        raise StatementRefused("direction_unreadable", line=number, detail=way[:10])
    values.require_hryvnia(said("CCY") or "UAH", line=number)
    if not said("REF"):
        raise StatementRefused("reference_missing", line=number)
    amount = values.money(said("SUM"), line=number)
    return BankLine(
        iban=values.own_iban(said("AUT_MY_ACC"), line=number),
        bank_ref=f"{values.text(said('REF'))}_{values.text(said('REFN'))}"[:140],
        booked_on=values.day(said("DATE_TIME_DAT_OD_TIM_P") or said("DAT_OD"), MOMENT, line=number),
        amount=amount if SIGNS[way] > 0 else -amount,
        other=Counterparty(
            name=values.name(said("AUT_CNTR_NAM")),
            tax_id=values.tax_id(said("AUT_CNTR_CRF")),
            iban=values.other_iban(said("AUT_CNTR_ACC")),
        ),
        purpose=values.text(said("OSND")),
        is_final=said("FL_REAL") == REAL and said("PR_PR") == DONE,
        document=values.text(said("NUM_DOC"), longest=140),
    )
