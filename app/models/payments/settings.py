"""What an operator chooses about being paid."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from app.models.money import Money
from app.models.settings import SubjectSettings


@dataclass(frozen=True, kw_only=True)
class PaymentSettings(SubjectSettings):
    recipient_name: str = ""
    """To whom bills are paid, as the bank knows the operator; without it there are no slips."""
    recipient_tax_id: str = ""
    recipient_iban: str = ""
    recipient_bank: str = ""
    """The name of that bank, for people."""
    card_limit_uah: Annotated[int, Ge(1), Le(999_999_999)] = 400_000
    """The largest payment by card; beyond this sum the law on financial monitoring (361-IX,
    article 20) asks who pays, and a bank's transfer is the way."""
    hold_cards: bool = False
    """Whether a card's money is only blocked until the operator takes it (`payments capture`)."""

    @property
    def largest_by_card(self) -> Money:
        return Money(self.card_limit_uah * 100)
