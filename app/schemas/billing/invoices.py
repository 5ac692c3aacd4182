import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.models.billing.invoice import InvoiceKind, InvoiceStatus
from app.models.billing.shown import InvoiceDetail, InvoiceFilter, ShownInvoice, ShownLine
from app.renderings.explanations import Words, description_of, explained
from app.schemas.base import DECIMAL_SCHEMA, Cursor, Day, In, Limit, Out, PeriodText
from app.schemas.money import CurrencyName, MoneyText

FIRST, LAST = dt.date(1990, 1, 1), dt.date(2199, 12, 31)

QuantityText = Annotated[str, Field(json_schema_extra={**DECIMAL_SCHEMA, "examples": ["12480"]})]
PriceText = Annotated[str, Field(json_schema_extra={**DECIMAL_SCHEMA, "examples": ["1.69444"]})]


class InvoicesQuery(In):
    account_id: UUID | None = Field(None, description="Of one account only")
    status: InvoiceStatus | None = None
    kind: InvoiceKind | None = None
    from_: Day | None = Field(None, alias="from", description="Issued on this day or later")
    to: Day | None = Field(None, description="Issued on this day or earlier")
    limit: Limit = 50
    cursor: Cursor = None

    def chosen(self) -> InvoiceFilter:
        return InvoiceFilter(
            account_id=self.account_id,
            status=self.status,
            kind=self.kind,
            first=self.from_ or FIRST,
            last=self.to or LAST,
        )


class InvoicedAccountOut(Out):
    id: UUID
    account_number: str


class InvoiceOut(Out):
    """A document once issued does not change; `paid`, `outstanding` and `status` do."""

    id: UUID
    number: str = Field(examples=["2026-10-000123"])
    account: InvoicedAccountOut
    kind: InvoiceKind
    period: PeriodText | None
    issued_on: dt.date
    due_on: dt.date
    currency: CurrencyName
    net: MoneyText
    vat: MoneyText
    total: MoneyText = Field(description="Negative for a correction that gives back")
    paid: MoneyText
    outstanding: MoneyText
    status: InvoiceStatus
    corrects: UUID | None = Field(description="The invoice that a corrective one is about")

    @classmethod
    def of(cls, invoice: ShownInvoice) -> "InvoiceOut":
        return cls.built(**_facts(invoice))


class InvoiceLineOut(Out):
    position: int
    code: str = Field(examples=["distribution"])
    description: str = Field(description="For people, in the caller's language")
    eic: str | None
    quantity: QuantityText
    unit: str = Field(examples=["kWh"])
    price: PriceText = Field(description="For one unit, without VAT")
    net: MoneyText
    vat_rate: str = Field(description="Percent", examples=["20"])
    vat: MoneyText
    total: MoneyText

    @classmethod
    def of(cls, line: ShownLine, vat_rate: str, words: Words) -> "InvoiceLineOut":
        return cls.built(
            position=line.position,
            code=line.code,
            description=description_of(line, words),
            eic=line.eic,
            quantity=f"{line.quantity.normalize():f}",
            unit=line.unit,
            price=f"{line.price.normalize():f}",
            net=str(line.net),
            vat_rate=vat_rate,
            vat=str(line.vat),
            total=str(line.total),
        )


class ExplanationOut(Out):
    position: int | None = Field(description="The line that it explains; null: the document")
    text: str


class InvoiceDetailOut(InvoiceOut):
    lines: list[InvoiceLineOut]
    explanation: list[ExplanationOut] = Field(
        description="How each figure came about, from the numbers it was made of"
    )

    @classmethod
    def of_detail(cls, detail: InvoiceDetail, words: Words) -> "InvoiceDetailOut":
        rate = f"{(detail.invoice.vat_rate * 100).normalize():f}"
        return cls.built(
            **_facts(detail.invoice),
            lines=[InvoiceLineOut.of(line, rate, words) for line in detail.lines],
            explanation=[
                ExplanationOut.built(position=position, text=text)
                for position, text in explained(detail, words)
            ],
        )


def _facts(invoice: ShownInvoice) -> dict[str, object]:
    return {
        "id": invoice.id,
        "number": invoice.number,
        "account": InvoicedAccountOut.built(
            id=invoice.account_id, account_number=invoice.account_number
        ),
        "kind": invoice.kind,
        "period": invoice.period,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "currency": invoice.total.currency.value,
        "net": str(invoice.net),
        "vat": str(invoice.vat),
        "total": str(invoice.total),
        "paid": str(invoice.paid),
        "outstanding": str(invoice.outstanding),
        "status": invoice.status,
        "corrects": invoice.corrects_id,
    }
