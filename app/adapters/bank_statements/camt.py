"""ISO 20022 camt.053: the statement of a day, with balances that have to add up."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from app.adapters.bank_statements import values
from app.adapters.bank_statements.camt_entries import signed, split
from app.adapters.bank_statements.refusals import StatementRefused
from app.adapters.bank_statements.values import Occurrences
from app.adapters.bank_statements.xml_nodes import Node, NodeReader
from app.models.money import ZERO, Money
from app.models.payments.bank_line import BankLine

PATH: Final = ("Document", "BkToCstmrStmt", "Stmt")
OPENING: Final = ("OPBD", "PRCD")
"""Opening booked; else what the statement before closed with."""
CLOSING: Final = ("CLBD",)


def read(file: BinaryIO) -> Iterator[BankLine]:
    """Yield the lines of every statement in a file.

    :raises StatementRefused: not such a file, or one that contradicts itself.
    """
    occurrences = Occurrences()
    statement = _Statement(occurrences)
    for node in NodeReader(PATH).read(file):
        if node is None:
            statement.close()
            statement = _Statement(occurrences)
        else:
            yield from statement.take(node)


class _Statement:
    """One account's statement under way; account and balances come before the entries."""

    def __init__(self, occurrences: Occurrences) -> None:
        self._occurrences = occurrences
        self._iban = ""
        self._balances: dict[str, Money] = {}
        self._sum = ZERO

    def take(self, node: Node) -> Iterator[BankLine]:
        match node.name:
            case "Acct":
                self._iban = values.own_iban(node.value("Id/IBAN"), line=node.line)
            case "Bal":
                self._balance(node)
            case "Ntry":
                yield from self._entry(node)

    def close(self) -> None:
        """Compare the balances with what was booked between them.

        :raises StatementRefused: they differ.
        """
        opening, closing = (
            next((self._balances[code] for code in codes if code in self._balances), None)
            for codes in (OPENING, CLOSING)
        )
        if opening is None or closing is None:
            raise StatementRefused("balances_missing", detail=self._iban)
        if opening + self._sum != closing:
            told = f"{opening} + {self._sum} is not {closing}"
            raise StatementRefused("totals_differ", detail=f"{self._iban}: {told}")

    def _balance(self, node: Node) -> None:
        code = node.value("Tp/CdOrPrtry/Cd")
        if code in (*OPENING, *CLOSING):
            self._balances[code] = signed(node, node)

    def _entry(self, entry: Node) -> Iterator[BankLine]:
        if not self._iban:
            raise StatementRefused("iban_missing", line=entry.line)
        for line in split(entry, self._iban, self._occurrences):
            if line.is_final:
                self._sum += line.amount
            yield line
