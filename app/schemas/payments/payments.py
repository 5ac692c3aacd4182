from collections.abc import Callable
from typing import Literal, Self, TypeAlias
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.payments.matching.rules import Rule
from app.models.payments.payment import (
    MOST_INVOICES,
    OPEN,
    PaymentFilter,
    PaymentMethod,
    PaymentStatus,
)
from app.schemas.base import Cursor, Hryvnias, In, Limit, Moment, Out
from app.schemas.money import CurrencyName, MoneyText
from app.services.payments.drafts import PaymentAsked
from app.services.payments.outcomes import ShownPayment

SHOWN_OF_IBAN = 4
Words: TypeAlias = Callable[[str], str]


class PaymentIn(In):
    """Either invoices to be paid in full, or an account and a sum to be paid in advance."""

    invoice_ids: list[UUID] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_INVOICES,
        description="Invoices of one or several accounts of the cabinet",
    )
    account_id: UUID | None = None
    amount: Hryvnias | None = Field(default=None, description="Hryvnias; with `account_id` only")
    method: Literal[PaymentMethod.CARD] = PaymentMethod.CARD
    return_url: str | None = Field(
        default=None,
        max_length=1000,
        description="Where the acquirer sends the person back to: a page of the operator's own",
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        by_account = self.account_id is not None and self.amount is not None
        has_any = self.account_id is not None or self.amount is not None
        if (self.invoice_ids is not None) is has_any or has_any is not by_account:
            raise PydanticCustomError("invoices_or_account", "invoices, or an account and a sum")
        return self

    def asked(self) -> PaymentAsked:
        return PaymentAsked(
            invoice_ids=self.invoice_ids or (),
            account_id=self.account_id,
            amount=self.amount,
            return_url=self.return_url,
        )


class PaymentsQuery(In):
    account_id: UUID | None = None
    status: PaymentStatus | None = None
    limit: Limit = 50
    cursor: Cursor = None

    @property
    def chosen(self) -> PaymentFilter:
        return PaymentFilter(self.account_id, self.status.value if self.status else None)


class PaymentFailureOut(Out):
    code: str = Field(description="The acquirer's own code, or ours", examples=["59"])
    detail: str


class PaymentAllocationOut(Out):
    """How much of a payment has settled one invoice."""

    invoice_id: UUID
    number: str
    account_id: UUID
    amount: MoneyText


class PayerOut(Out):
    name: str | None
    tax_id: str | None
    iban_masked: str | None = Field(examples=["UA************************4567"])


class PaymentOut(Out):
    id: UUID
    method: PaymentMethod
    amount: MoneyText = Field(
        description="Of another company's payment only what concerns accounts of this cabinet"
    )
    currency: CurrencyName
    status: PaymentStatus
    page_url: str | None = Field(
        description="The acquirer's page, for the company that pays, while it can be paid"
    )
    expires_at: Moment | None
    failure: PaymentFailureOut | None
    allocations: list[PaymentAllocationOut]
    unallocated: MoneyText = Field(
        description="Paid in advance: it pays the next invoice by itself"
    )
    payer: PayerOut | None = Field(description="As the bank tells; null for a card")
    purpose: str
    matched_by: Rule | None = Field(
        description="The rule that found whose money it is; null for a card"
    )
    created_at: Moment
    settled_at: Moment | None

    @classmethod
    def of(cls, shown: ShownPayment, words: Words) -> "PaymentOut":
        payment = shown.payment
        is_open = payment.state in OPEN
        return cls.built(
            id=payment.id,
            method=PaymentMethod(payment.method),
            amount=str(shown.amount),
            currency=payment.amount.currency.value,
            status=payment.state,
            page_url=payment.page_url if is_open and shown.is_own else None,
            expires_at=payment.expires_at,
            failure=_failure(payment.failure, words),
            allocations=[
                PaymentAllocationOut.built(
                    invoice_id=each.invoice_id,
                    number=each.number,
                    account_id=each.account_id,
                    amount=str(each.amount),
                )
                for each in shown.allocations
            ],
            unallocated=str(shown.unallocated),
            payer=_payer(payment.payer),
            purpose=payment.purpose,
            matched_by=Rule(payment.matched_by) if payment.matched_by else None,
            created_at=payment.created_at,
            settled_at=payment.settled_at,
        )


def _failure(code: str | None, words: Words) -> PaymentFailureOut | None:
    if code is None:
        return None
    return PaymentFailureOut.built(code=code, detail=words("payment.failed"))


def _payer(payer: dict[str, str | None]) -> PayerOut | None:
    if not payer:
        return None
    iban = payer.get("iban")
    return PayerOut.built(
        name=payer.get("name"), tax_id=payer.get("tax_id"), iban_masked=_masked(iban)
    )


def _masked(iban: str | None) -> str | None:
    if not iban:
        return None
    hidden = "*" * max(0, len(iban) - 2 - SHOWN_OF_IBAN)
    return f"{iban[:2]}{hidden}{iban[-SHOWN_OF_IBAN:]}"
