"""What an operator chooses about being paid."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le, Predicate

from app.models.billing.nbu_qr.banks import BANKS, buttons_of
from app.models.money import Money
from app.models.settings import SubjectSettings

VAT_NUMBER: Final = re.compile(r"\d{12}|\d{10}|", re.ASCII)
"""Companies have twelve digits, people their tax number of ten."""


def _is_vat_number(text: str) -> bool:
    return VAT_NUMBER.fullmatch(text) is not None


def _are_buttons(text: str) -> bool:
    try:
        buttons_of(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class PaymentSettings(SubjectSettings):
    recipient_name: str = ""
    """To whom bills are paid, as the bank knows the operator; without it there are no slips."""
    recipient_tax_id: str = ""
    recipient_vat_number: Annotated[str, Predicate(_is_vat_number)] = ""
    """The operator's number as a payer of VAT, for invoices; without it they do not name it."""
    recipient_iban: str = ""
    recipient_bank: str = ""
    """The name of that bank, for people."""
    bank_buttons: Annotated[str, Predicate(_are_buttons)] = ""
    """More banks whose applications open payment codes, beside Privat24 and monobank: names and
    addresses, as `sense=https://bank.example/qr/{payload}`, separated by spaces."""
    card_limit_uah: Annotated[int, Ge(1), Le(999_999_999)] = 400_000
    """The largest payment by card; beyond this sum the law on financial monitoring (361-IX,
    article 20) asks who pays, and a bank's transfer is the way."""
    hold_cards: bool = False
    """Whether a card's money is only blocked until the operator takes it (`payments capture`)."""

    @property
    def buttons(self) -> dict[str, str]:
        """The addresses by the names of banks; a name of ours is given another address."""
        return {**BANKS, **buttons_of(self.bank_buttons)}

    @property
    def largest_by_card(self) -> Money:
        return Money(self.card_limit_uah * 100)
