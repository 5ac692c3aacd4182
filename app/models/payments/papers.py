"""Papers that a company keeps or sends on: what stands in them, before anybody sets them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self, TypeAlias

from app.errors import Unavailable
from app.models.billing.shown import AccountBalance, InvoiceDetail, Statement
from app.models.money import ZERO, Money
from app.models.payments.slip import PaymentSlip, Recipient

MOST_ROWS: Final = 2000
"""Postings of one reconciliation act: more of them take a gigabyte to set."""
RETRY_SECONDS: Final = 30


class PaperUnavailable(Unavailable):
    """Papers cannot be set now: too many are wanted at once, or one has taken too long."""

    code = "paper_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whom a paper is about, as the register had it."""

    name: str
    tax_id: str
    account_number: str
    address: str
    contract_number: str | None
    contract_date: date | None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return the customer that an invoice keeps."""
        signed = kept.get("contract_date")
        return cls(
            name=kept["name"],
            tax_id=kept["tax_id"],
            account_number=kept["account_number"],
            address=kept.get("address") or "",
            contract_number=kept.get("contract_number"),
            contract_date=date.fromisoformat(signed) if signed else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaper:
    operator: Recipient
    customer: Customer
    detail: InvoiceDetail
    corrects: str | None
    """The number of the invoice that a corrective one is about."""
    outstanding: Money
    disputed: Money
    """Of it."""
    slip: PaymentSlip | None
    """None where nothing is to be paid."""

    @property
    def paid(self) -> Money:
        return self.detail.invoice.total - self.outstanding


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationAct:
    """What moved an account's balance between two days, for both sides to sign."""

    operator: Recipient
    customer: Customer
    statement: Statement
    number: str | None = None
    """Of the order that asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCertificate:
    """What an account owes on a day."""

    operator: Recipient
    customer: Customer
    balance: AccountBalance
    as_of: date
    number: str

    @property
    def owes(self) -> bool:
        return self.balance.to_pay > ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportRegister:
    code: str
    energy: str
    zone: str
    digits: int
    decimals: int
    multiplier: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportMeter:
    serial_number: str
    model: str
    installed_on: date
    verification_due_on: date | None
    is_remote: bool
    registers: Sequence[PassportRegister]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPassport:
    """What the operator knows about a metering point on a day."""

    operator: Recipient
    customer: Customer
    eic: str
    address: str
    allowed_power_kw: Decimal | None
    voltage_class: int
    meters: Sequence[PassportMeter]
    as_of: date
    number: str


Paper: TypeAlias = InvoicePaper | ReconciliationAct | BalanceCertificate | PointPassport


@dataclass(frozen=True, slots=True)
class PrintedPaper:
    """A paper as PDF/A, and the name to save it under."""

    name: str
    content: bytes
