"""The fields of a payment code and what each may hold (table 1 of the rules)."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum
from typing import Final

from app.identifiers import is_iban
from app.models.billing.nbu_qr.amounts import written_amount
from app.models.billing.nbu_qr.characters import FieldRefused, require_characters

IBAN: Final = re.compile(r"UA\d{27}", re.ASCII)
TAX_ID: Final = re.compile(r"\d{8}|\d{10}", re.ASCII)
CATEGORY: Final = re.compile(r"[A-Z0-9]{4}/[A-Z0-9]{4}", re.ASCII)
UTILITY: Final = "SUPP/SUPP"
"""Category and purpose in the official example of a utility; Privat24 refuses an empty field."""
LONGEST: Final = {"recipient": 140, "reference": 35, "purpose": 420, "display": 140}
REQUIRED: Final = ("recipient", "purpose")
ASCII_ONLY: Final = ("reference",)


class Function(StrEnum):
    """How the bank sends the money."""

    CREDIT = "UCT"
    INSTANT = "ICT"
    EITHER = "XCT"


class Lock(IntFlag):
    """Which fields the payer may not change: bit N stands for field N.

    Fields 1 to 5, 11 and 14 to 17 stay locked. Clause 4.14 counts otherwise; banks do it so.
    """

    ALL = 0xFFFF
    BUT_AMOUNT = 0xFEFF
    BUT_AMOUNT_AND_PURPOSE = 0xEEFF


@dataclass(frozen=True, slots=True, kw_only=True)
class NbuCode:
    """What a payer's bank fills in by itself."""

    recipient: str
    iban: str
    tax_id: str
    purpose: str
    amount: int | None = None
    """Kopiykas; None lets the payer type the sum."""
    reference: str = ""
    """The number of the invoice."""
    category: str = UTILITY
    function: Function = Function.CREDIT
    display: str = ""
    lock: int | None = None
    """None leaves it to the payer's bank."""
    valid_until: datetime | None = None
    created_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what banks would not read.

        :raises FieldRefused: the first field that is wrong.
        """
        for name, longest in LONGEST.items():
            self._require_text(name, longest)
        if not IBAN.fullmatch(self.iban) or not is_iban(self.iban):
            raise FieldRefused("iban", "not a Ukrainian IBAN")
        if not TAX_ID.fullmatch(self.tax_id):
            raise FieldRefused("tax_id", "neither 8 nor 10 digits")
        if not CATEGORY.fullmatch(self.category):
            raise FieldRefused("category", "not CCCC/PPPP")
        written_amount(self.amount)

    def _require_text(self, name: str, longest: int) -> None:
        text: str = getattr(self, name)
        if name in REQUIRED and not text.strip():
            raise FieldRefused(name, "empty")
        if len(text) > longest:
            raise FieldRefused(name, f"longer than {longest} characters")
        if name in ASCII_ONLY and not text.isascii():
            raise FieldRefused(name, "not ASCII")
        require_characters(name, text)
