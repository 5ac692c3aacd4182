"""An invoice before it has a number: its lines, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Self
from uuid import UUID

from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.invoice import VAT_RATE, InvoiceKind
from app.models.billing.posting import Document, Posting, PostingKind
from app.models.money import ZERO, Money, spread_vat, total, vat_of_net
from app.models.period import Period

MOST_LINES: Final = 2000
"""Of one invoice: an account with a thousand metering points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """What one service comes to, with the numbers it is made of."""

    code: str
    charge: ChargeClass
    quantity: Decimal
    unit: str
    price: Decimal
    """Hryvnias without VAT for one unit."""
    net: Money
    eic: str | None = None
    description: str | None = None
    basis: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def priced(
        cls,
        code: str,
        charge: ChargeClass,
        quantity: Decimal,
        unit: str,
        price: Decimal,
        **more: Any,
    ) -> Self:
        """Return a line whose net is quantity times price, HALF_UP to the kopiyka."""
        net = Money.price_of(quantity, price)
        return cls(
            code=code, charge=charge, quantity=quantity, unit=unit, price=price, net=net, **more
        )


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be issued; VAT is counted on the document's sum and shared over its lines."""

    issue_key: str
    """The same for the same thing billed: it is issued once."""
    kind: InvoiceKind
    lines: Sequence[DraftLine]
    period: Period | None = None
    corrects_id: UUID | None = None
    vat_rate: Decimal = VAT_RATE
    stated_vat: Money | None = None
    """Of one line whose sum is fixed with its VAT inside: 20 % of no net gives 1000.05."""

    def __post_init__(self) -> None:
        if not 0 < len(self.lines) <= MOST_LINES:
            raise ValueError("an invoice has lines, and not too many")
        if self.stated_vat is not None and len(self.lines) > 1:
            raise ValueError("a fixed sum has one line")

    @cached_property
    def net(self) -> Money:
        return total(each.net for each in self.lines)

    @cached_property
    def vat(self) -> Money:
        if self.stated_vat is not None:
            return self.stated_vat
        return vat_of_net(self.net, self.vat_rate)

    @property
    def total(self) -> Money:
        return self.net + self.vat

    @cached_property
    def line_vats(self) -> Sequence[Money]:
        if self.stated_vat is not None:
            return [self.vat]
        return spread_vat([each.net for each in self.lines], self.vat_rate)

    @cached_property
    def parts(self) -> dict[ChargeClass, Money]:
        """What it asks for in each class of charge, VAT included."""
        parts: dict[ChargeClass, Money] = {}
        for line, vat in zip(self.lines, self.line_vats, strict=True):
            parts[line.charge] = parts.get(line.charge, ZERO) + line.net + vat
        return {charge: amount for charge, amount in parts.items() if amount}

    def posting(
        self, organization_id: UUID, account_id: UUID, *, document: Document, issued_on: date
    ) -> Posting | None:
        """Return what issuing it writes: the customer owes, revenue and VAT are earned.

        An instalment asks for an advance: nothing is earned by it. What comes to zero moves
        nothing.
        """
        if self.kind is InvoiceKind.PLANNED:
            return None
        kind = PostingKind.INVOICE
        if self.kind is InvoiceKind.CORRECTIVE:
            kind = PostingKind.CORRECTIVE
        posting_of = [
            (Book.receivable(charge, organization_id, account_id), amount)
            for charge, amount in self.parts.items()
        ]
        earned = [(Book.revenue(line.charge), -line.net) for line in self.lines]
        if not any(amount for _, amount in posting_of):
            return None
        return Posting.of(
            "invoice",
            str(document.id),
            kind,
            issued_on,
            *posting_of,
            *earned,
            (Book(kind=BookKind.VAT), -self.vat),
            document=document,
        )
