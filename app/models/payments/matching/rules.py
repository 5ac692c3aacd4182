"""The rules by which a line is matched, the first that fits (domain facts F7).

Matching proposes; allocation decides how much of which invoice is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.models.money import Money, total
from app.models.payments.bank_line import BankLine
from app.models.payments.matching.clues import Clues, normalized

MOST_CANDIDATES: Final = 20
"""Kept with a line for whoever assigns it by hand."""


class Rule(StrEnum):
    """Why money is thought to be for an invoice or an account; shown to the customer."""

    REFERENCE = "reference"
    """1: the payer's bank passed our number on."""
    INVOICE_EXACT = "invoice_exact"
    """2: the purpose names invoices of the payer's company, and the sum is theirs."""
    INVOICE = "invoice"
    """3: the same with another sum: a part, or more than is owed."""
    ACCOUNT = "account"
    """4: the purpose names an account of the payer's company."""
    ALIAS = "alias"
    """The operator has assigned money of this very payer before."""
    PAYER_EXACT = "payer_exact"
    """5: the payer's company has exactly one open invoice of exactly this sum."""
    PAYER = "payer"
    """5: the payer's company has exactly one account."""
    THIRD_PARTY = "third_party"
    """6: the purpose names an invoice or account of somebody else than the payer."""
    AMOUNT = "amount"
    """7: the sum is that of an open invoice, and nothing else fits."""
    MANUAL = "manual"
    """The operator has assigned it by hand."""
    NONE = "none"


AUTOMATIC: Final = frozenset(
    {
        Rule.REFERENCE,
        Rule.INVOICE_EXACT,
        Rule.INVOICE,
        Rule.ACCOUNT,
        Rule.ALIAS,
        Rule.PAYER_EXACT,
    }
)
"""What is matched without a person; all else waits for one, with its candidates."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    account_id: UUID
    organization_id: UUID
    account_number: str
    tax_id: str


@dataclass(frozen=True, slots=True)
class KnownInvoice:
    invoice_id: UUID
    number: str
    account: KnownAccount
    outstanding: Money
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was found in our books for the clues of one line."""

    invoices: Sequence[KnownInvoice] = ()
    """Whose number is a reference or stands in the purpose, also those that are paid."""
    accounts: Sequence[KnownAccount] = ()
    """Whose number stands in the purpose."""
    of_payer: Sequence[KnownAccount] = ()
    """Of the company with the payer's tax id; two are enough to know that it is not one."""
    open_of_payer: Sequence[KnownInvoice] = ()
    """Its open invoices of exactly this sum."""
    alias: KnownAccount | None = None
    same_amount: Sequence[KnownInvoice] = ()
    """Open invoices of anybody with exactly this sum."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a line is thought to be for, and by which rule."""

    rule: Rule
    account: KnownAccount | None = None
    invoices: tuple[KnownInvoice, ...] = ()
    """To be paid first, in this order; none means the oldest."""
    candidates: tuple[KnownAccount, ...] = field(default=())

    @property
    def is_automatic(self) -> bool:
        return self.account is not None and self.rule in AUTOMATIC


def match(line: BankLine, clues: Clues, known: Known) -> Match:
    """Return the first rule that fits one line of money that came in."""
    for rule in (_reference, _invoice, _account, _alias, _payer, _third_party, _amount):
        found = rule(line, clues, known)
        if found is not None:
            return found
    return Match(Rule.NONE)


def _reference(_: BankLine, clues: Clues, known: Known) -> Match | None:
    named = [each for each in known.invoices if normalized(each.number) in clues.references]
    return _of_one_account(Rule.REFERENCE, named)


def _invoice(line: BankLine, clues: Clues, known: Known) -> Match | None:
    named = [each for each in _in_order(clues, known) if each.account.tax_id == line.other.tax_id]
    is_exact = total(each.outstanding for each in named) == line.amount
    return _of_one_account(Rule.INVOICE_EXACT if is_exact else Rule.INVOICE, named)


def _account(line: BankLine, _: Clues, known: Known) -> Match | None:
    own = [each for each in known.accounts if each.tax_id == line.other.tax_id]
    return Match(Rule.ACCOUNT, own[0]) if len(own) == 1 else None


def _alias(_: BankLine, clues: Clues, known: Known) -> Match | None:
    if known.alias is None or known.accounts or _in_order(clues, known):
        # What the purpose names tells more than what this payer has paid for before.
        return None
    return Match(Rule.ALIAS, known.alias)


def _payer(_: BankLine, __: Clues, known: Known) -> Match | None:
    if len(known.open_of_payer) == 1:
        (only,) = known.open_of_payer
        return Match(Rule.PAYER_EXACT, only.account, (only,))
    if len(known.of_payer) == 1:
        return Match(Rule.PAYER, known.of_payer[0], candidates=tuple(known.of_payer))
    return None


def _third_party(_: BankLine, clues: Clues, known: Known) -> Match | None:
    named = [each.account for each in _in_order(clues, known)] + list(known.accounts)
    if not named:
        return None
    several = tuple(dict.fromkeys(named))[:MOST_CANDIDATES]
    return Match(Rule.THIRD_PARTY, candidates=several)


def _amount(_: BankLine, __: Clues, known: Known) -> Match | None:
    if not known.same_amount:
        return None
    several = tuple(dict.fromkeys(each.account for each in known.same_amount))
    return Match(Rule.AMOUNT, candidates=several[:MOST_CANDIDATES])


def _in_order(clues: Clues, known: Known) -> list[KnownInvoice]:
    """Return the invoices that the purpose names, in its order."""
    by_number = {normalized(each.number): each for each in known.invoices}
    return [by_number[number] for number in clues.numbers if number in by_number]


def _of_one_account(rule: Rule, named: Sequence[KnownInvoice]) -> Match | None:
    """Return the match if all that is named is of one account; else a person decides."""
    accounts = tuple(dict.fromkeys(each.account for each in named))
    if not accounts:
        return None
    if len(accounts) > 1:
        return Match(rule, candidates=accounts[:MOST_CANDIDATES])
    return Match(rule, accounts[0], tuple(named))
