"""A payment slip: to whom, how much and for what, for a bank's form and for a payment code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self

from app.errors import Conflict
from app.models.billing.allocation import OpenPart
from app.models.billing.books import ChargeClass
from app.models.billing.invoice import VAT_RATE, Invoice
from app.models.billing.nbu_qr.banks import BANKS
from app.models.billing.nbu_qr.characters import bank_text
from app.models.billing.nbu_qr.code import Lock, NbuCode
from app.models.billing.nbu_qr.writing import shortened
from app.models.money import ZERO, Money, total, vat_inside
from app.models.payments.settings import PaymentSettings

SERVICES: Final = {
    ChargeClass.DISTRIBUTION: "розподіл е/е",
    ChargeClass.REACTIVE: "реактивна е/е",
    ChargeClass.WORKS: "послуги",
    ChargeClass.CONNECTION: "приєднання",
    ChargeClass.PENALTY: "пеня",
    ChargeClass.DISPUTED: "розподіл е/е",
}
"""Bank's forms are in Ukrainian, whoever fills them in."""
WITHOUT_VAT: Final = "без ПДВ"


class RecipientUnknown(Conflict):
    """The operator has not told this deployment where to pay."""

    code = "recipient_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where bills are paid."""

    name: str
    tax_id: str
    iban: str
    bank: str
    vat_number: str = ""
    """Empty where the operator does not name it."""
    buttons: Mapping[str, str] = field(default_factory=lambda: dict(BANKS))
    """Addresses that open a payment code in a bank's application, by the bank's name."""

    @classmethod
    def of(cls, chosen: PaymentSettings) -> Self:
        """Return whom this deployment's operator has told customers to pay.

        :raises RecipientUnknown:
        """
        if not (chosen.recipient_name and chosen.recipient_iban and chosen.recipient_tax_id):
            raise RecipientUnknown
        return cls(
            name=chosen.recipient_name,
            tax_id=chosen.recipient_tax_id,
            iban=chosen.recipient_iban,
            bank=chosen.recipient_bank,
            vat_number=chosen.recipient_vat_number,
            buttons=chosen.buttons,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What is owed of one invoice."""

    account_number: str
    number: str
    issued_on: date
    period: date | None
    charges: Sequence[ChargeClass]
    outstanding: Money
    total: Money
    vat: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSlip:
    recipient: Recipient
    amount: Money | None
    """None where the payer types it."""
    code: NbuCode

    @property
    def purpose(self) -> str:
        return self.code.purpose


def debt_of(invoice: Invoice, account_number: str, parts: Sequence[OpenPart]) -> Debt:
    """Return what these parts of an invoice ask for."""
    return Debt(
        account_number=account_number,
        number=invoice.number,
        issued_on=invoice.issued_on,
        period=invoice.period,
        charges=[each.charge for each in parts],
        outstanding=total(each.outstanding for each in parts),
        total=invoice.total,
        vat=invoice.vat,
    )


def slip_of_debt(debt: Debt, recipient: Recipient) -> PaymentSlip:
    """Return the slip of what is still owed; the payer may pay a part of it."""
    services = ", ".join(dict.fromkeys(SERVICES[charge] for charge in debt.charges))
    period = f" за {debt.period:%m.%Y}" if debt.period else ""
    vat = debt.vat if debt.outstanding == debt.total else vat_inside(debt.outstanding, VAT_RATE)
    purpose = (
        f"о/р {debt.account_number}, рах. {debt.number} від {debt.issued_on:%d.%m.%Y}, "
        f"{services}{period}, {_vat(vat if debt.vat else ZERO)}"
    )
    return _slip(recipient, debt.outstanding, purpose, reference=debt.number)


def slip_in_advance(account_number: str, amount: Money | None, recipient: Recipient) -> PaymentSlip:
    """Return the slip of a payment in advance, of a sum or of whatever the payer types."""
    told = f", {_vat(vat_inside(amount, VAT_RATE))}" if amount else ""
    purpose = f"о/р {account_number}, передоплата за розподіл е/е{told}"
    return _slip(recipient, amount, purpose, reference="")


def _slip(
    recipient: Recipient, amount: Money | None, purpose: str, *, reference: str
) -> PaymentSlip:
    code = NbuCode(
        recipient=bank_text(recipient.name),
        iban=recipient.iban,
        tax_id=recipient.tax_id,
        amount=amount.kopiykas if amount else None,
        purpose=bank_text(purpose),
        reference=reference,
        lock=Lock.BUT_AMOUNT,
    )
    return PaymentSlip(recipient=recipient, amount=amount, code=shortened(code))


def _vat(vat: Money) -> str:
    return f"у т.ч. ПДВ {vat} грн" if vat else WITHOUT_VAT
