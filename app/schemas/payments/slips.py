from pydantic import Field

from app.models.billing.nbu_qr.banks import bank_links
from app.models.billing.nbu_qr.writing import VERSION, address, payload
from app.models.money import AmountUnreadable, Currency, Money
from app.models.payments.payment import LARGEST_TRANSFER
from app.models.payments.refusals import AmountInvalid
from app.models.payments.slip import PaymentSlip
from app.schemas.base import Hryvnias, In, Moment, Out
from app.schemas.money import CurrencyName, MoneyText


class AdvanceQuery(In):
    amount: Hryvnias | None = Field(
        default=None, description="Hryvnias; without it the payer types the sum"
    )

    def money(self) -> Money | None:
        """Return the sum.

        :raises AmountInvalid: more than two places.
        """
        if self.amount is None:
            return None
        try:
            return Money.parse(f"{self.amount:f}")
        except AmountUnreadable:
            raise AmountInvalid.of_parameter(largest=str(LARGEST_TRANSFER)) from None


class RecipientOut(Out):
    name: str
    iban: str
    tax_id: str
    bank: str | None


class PaymentCodeOut(Out):
    """A payment code of the National Bank."""

    version: str = Field(examples=["003"])
    url: str = Field(description="What the picture holds")
    valid_until: Moment | None
    bank_links: dict[str, str] = Field(
        description="Addresses that open the code in a bank's application, by the bank's name"
    )


class PaymentSlipOut(Out):
    """Where, how much and for what to pay by bank; the purpose is in the banks' language."""

    recipient: RecipientOut
    amount: MoneyText | None = Field(description="Null: the payer types the sum")
    currency: CurrencyName
    purpose: str
    qr: PaymentCodeOut

    @classmethod
    def of(cls, slip: PaymentSlip) -> "PaymentSlipOut":
        recipient, code = slip.recipient, slip.code
        return cls.built(
            recipient=RecipientOut.built(
                name=recipient.name,
                iban=recipient.iban,
                tax_id=recipient.tax_id,
                bank=recipient.bank or None,
            ),
            amount=str(slip.amount) if slip.amount else None,
            currency=Currency.UAH.value,
            purpose=slip.purpose,
            qr=PaymentCodeOut.built(
                version=VERSION,
                url=address(code),
                valid_until=code.valid_until,
                bank_links=bank_links(payload(code), recipient.buttons),
            ),
        )
