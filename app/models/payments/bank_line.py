"""What one line of a bank's statement says, whatever bank and format it came in."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.models.money import Money

LONGEST_PURPOSE: Final = 2000
LONGEST_NAME: Final = 300
LONGEST_REFERENCE: Final = 140


@dataclass(frozen=True, slots=True)
class Counterparty:
    """Who sent the money, or got it, as the bank says."""

    name: str = ""
    tax_id: str | None = None
    """8 or 10 digits; None where the bank does not know."""
    iban: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """Money that came to one of the operator's bank accounts, or left it."""

    iban: str
    """Of the operator."""
    bank_ref: str
    """The bank's own name of it; else a digest of the line and which of its equals it is."""
    booked_on: date
    amount: Money
    """Positive came in, negative went out."""
    other: Counterparty
    purpose: str
    reference: str | None = None
    """What the payer's bank passed on as ours, such as EndToEndId."""
    is_reversal: bool = False
    is_final: bool = True
    """Whether the bank will not take it back: only such lines are money."""
    document: str = ""
    """The number of the payment order."""
