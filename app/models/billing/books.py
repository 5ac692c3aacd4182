"""The accounts of the ledger: what the operator keeps books about (docs/money.md)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("6f1d3c52-8a47-5d0e-9b34-27c1f1b2e9a0")


class ChargeClass(StrEnum):
    """What a debt is for; a payment that names one class never pays another."""

    DISTRIBUTION = "distribution"
    REACTIVE = "reactive"
    WORKS = "works"
    CONNECTION = "connection"
    PENALTY = "penalty"
    DISPUTED = "disputed"
    """Taken out of the ordinary debt until the dispute ends: no payment is set against it."""


class BookKind(StrEnum):
    """What a ledger account counts. A receivable is named after the class of its charge."""

    RECEIVABLE_DISTRIBUTION = "receivable_distribution"
    RECEIVABLE_REACTIVE = "receivable_reactive"
    RECEIVABLE_WORKS = "receivable_works"
    RECEIVABLE_CONNECTION = "receivable_connection"
    RECEIVABLE_PENALTY = "receivable_penalty"
    RECEIVABLE_DISPUTED = "receivable_disputed"
    ADVANCES = "advances"
    """What a customer has paid before it was due."""
    REFUNDS_PAYABLE = "refunds_payable"
    """What will be sent back to a customer; no longer part of their balance."""
    REVENUE = "revenue"
    VAT = "vat"
    BANK = "bank"
    """One for each IBAN of the operator."""
    CLEARING = "clearing"
    """What an acquirer has taken from cards and not paid out yet; one for each acquirer."""
    FEES = "fees"
    """What an acquirer keeps of a payout."""
    UNIDENTIFIED = "unidentified"
    """What came in and nobody knows yet from whom."""
    COMPENSATION = "compensation"
    """What the operator owes for missing its standards of quality (Resolution 375)."""
    CARRIED_OVER = "carried_over"
    """The other side of what customers owed before this ledger began."""


RECEIVABLES: Final = {each: BookKind(f"receivable_{each}") for each in ChargeClass}
OF_BALANCE: Final = frozenset({*RECEIVABLES.values(), BookKind.ADVANCES})
"""What makes up a customer's balance: all they owe, less what they have paid before."""
OF_CUSTOMER: Final = OF_BALANCE | {BookKind.REFUNDS_PAYABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One ledger account, of a customer's account or of the operator itself."""

    kind: BookKind
    organization_id: UUID | None = None
    account_id: UUID | None = None
    name: str = ""
    """Which of several of a kind: the IBAN of a bank account, the acquirer, a revenue's class."""

    def __post_init__(self) -> None:
        if (self.kind in OF_CUSTOMER) != (self.account_id is not None):
            raise ValueError(f"{self.kind} belongs to the other side")

    @classmethod
    def receivable(cls, charge: ChargeClass, organization_id: UUID, account_id: UUID) -> Self:
        return cls(kind=RECEIVABLES[charge], organization_id=organization_id, account_id=account_id)

    @classmethod
    def advances(cls, organization_id: UUID, account_id: UUID) -> Self:
        return cls(kind=BookKind.ADVANCES, organization_id=organization_id, account_id=account_id)

    @classmethod
    def revenue(cls, charge: ChargeClass) -> Self:
        return cls(kind=BookKind.REVENUE, name=charge.value)

    @property
    def id(self) -> UUID:
        """The same for the same book, whoever opens it: nobody has to look it up."""
        owner = f"{self.organization_id}/{self.account_id}" if self.account_id else ""
        return uuid5(NAMESPACE, f"{self.kind}/{owner}/{self.name}")
