"""One `Ntry` of a camt.053: a line, or as many lines as payments were booked as one sum."""

from collections.abc import Iterator
from typing import Final

from app.adapters.bank_statements import values
from app.adapters.bank_statements.refusals import StatementRefused
from app.adapters.bank_statements.values import Occurrences
from app.adapters.bank_statements.xml_nodes import Node
from app.models.money import Money, total
from app.models.payments.bank_line import LONGEST_REFERENCE, BankLine, Counterparty

SIGNS: Final = {"CRDT": 1, "DBIT": -1}
BOOKED: Final = "BOOK"
DAY: Final = ("%Y-%m-%d",)
NOT_PROVIDED: Final = frozenset({"", "NOTPROVIDED", "NOT PROVIDED", "NONREF"})
AMOUNTS: Final = ("Amt", "AmtDtls/TxAmt/Amt")
SENDER: Final = ("Dbtr", "DbtrAcct")
RECEIVER: Final = ("Cdtr", "CdtrAcct")


def split(entry: Node, iban: str, occurrences: Occurrences) -> Iterator[BankLine]:
    """Yield the payments of an entry with amounts of their own, else the entry as one line.

    :raises StatementRefused: the payments do not add up to the entry.
    """
    amount = signed(entry, entry)
    payments = entry.all("NtryDtls/TxDtls")
    if len(payments) > 1 and all(payment.find(*AMOUNTS) for payment in payments):
        amounts = [signed(payment, entry) for payment in payments]
        if total(amounts) != amount:
            raise StatementRefused("entry_totals_differ", line=entry.line)
        for number, (payment, part) in enumerate(zip(payments, amounts, strict=True), 1):
            yield _line(entry, payment, part, iban, occurrences, number=number)
        return
    only = payments[0] if len(payments) == 1 else Node("TxDtls", entry.line, {})
    yield _line(entry, only, amount, iban, occurrences)


def signed(node: Node, entry: Node) -> Money:
    """Return an amount, negative if it left the account; a payment goes the way of its entry."""
    found = node.find(*AMOUNTS)
    if found is None:
        raise StatementRefused("amount_missing", line=node.line)
    values.require_hryvnia(found.attributes.get("Ccy", ""), line=found.line)
    way = node.value("CdtDbtInd") or entry.value("CdtDbtInd")
    if way not in SIGNS:
        raise StatementRefused("direction_unreadable", line=node.line, detail=way[:10])
    amount = values.money(found.text, line=found.line)
    return amount if SIGNS[way] > 0 else -amount


def _line(
    entry: Node,
    payment: Node,
    amount: Money,
    iban: str,
    occurrences: Occurrences,
    *,
    number: int | None = None,
) -> BankLine:
    booked = entry.value("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")[:10]
    booked_on = values.day(booked, DAY, line=entry.line)
    purpose = _purpose(entry, payment, is_alone=number is None)
    other = _other(payment, SENDER if amount > Money(0) else RECEIVER)
    reference = payment.value("Refs/EndToEndId", "RmtInf/Strd/CdtrRefInf/Ref")
    return BankLine(
        iban=iban,
        bank_ref=_bank_ref(entry, payment, number)
        or occurrences.name(iban, booked_on, amount, other, purpose, entry.value("NtryRef")),
        booked_on=booked_on,
        amount=amount,
        other=other,
        purpose=purpose,
        reference=_known(reference),
        is_reversal=entry.value("RvslInd") in {"true", "1"},
        is_final=entry.value("Sts/Cd", "Sts") in {"", BOOKED},
        document=values.text(payment.value("Refs/InstrId"), longest=LONGEST_REFERENCE),
    )


def _bank_ref(entry: Node, payment: Node, number: int | None) -> str | None:
    """Return the bank's own name; `NtryRef` is none, because it may count anew every day."""
    own = _known(payment.value("Refs/AcctSvcrRef"))
    if own:
        return own
    whole = _known(entry.value("AcctSvcrRef"))
    return f"{whole}/{number}" if whole and number else whole


def _purpose(entry: Node, payment: Node, *, is_alone: bool) -> str:
    said = " ".join(node.text.strip() for node in payment.all("RmtInf/Ustrd"))
    if not said.strip() and is_alone:
        said = entry.value("AddtlNtryInf")
    return values.text(said)


def _other(payment: Node, side: tuple[str, str]) -> Counterparty:
    party, account = (f"RltdPties/{name}" for name in side)
    ids = [
        node.value("Id")
        for kind in ("OrgId", "PrvtId")
        for path in (f"{party}/Id/{kind}/Othr", f"{party}/Pty/Id/{kind}/Othr")
        for node in payment.all(path)
    ]
    return Counterparty(
        name=values.name(payment.value(f"{party}/Nm", f"{party}/Pty/Nm")),
        tax_id=next((found for each in ids if (found := values.tax_id(each))), None),
        iban=values.other_iban(payment.value(f"{account}/Id/IBAN", f"{account}/Id/Othr/Id")),
    )


def _known(reference: str) -> str | None:
    found = values.text(reference, longest=LONGEST_REFERENCE)
    return None if found.upper() in NOT_PROVIDED else found
