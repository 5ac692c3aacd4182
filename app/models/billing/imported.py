"""Invoices of the operator's own billing, as its export states them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from app.models.billing.books import ChargeClass
from app.models.billing.draft import MOST_LINES, Draft, DraftLine
from app.models.billing.invoice import VAT_RATE, InvoiceKind
from app.models.money import ZERO, Money, total, vat_of_net
from app.models.period import Period

NO_VAT: Final = Decimal(0)
"""Penalties and what is like them have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLine:
    row: int
    """The line of the file, to name it by."""
    position: int
    charge: ChargeClass
    description: str
    eic: str | None
    quantity: Decimal
    unit: str
    price: Decimal
    net: Money


@dataclass(slots=True, kw_only=True)
class ImportedInvoice:
    row: int
    number: str
    account_number: str
    period: Period | None
    issued_on: date
    due_on: date
    net: Money
    vat: Money
    total: Money
    lines: list[ImportedLine] = field(default_factory=list)

    @property
    def issue_key(self) -> str:
        return f"imported:{self.number}"

    @property
    def vat_rate(self) -> Decimal:
        return VAT_RATE if self.vat else NO_VAT

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what does not add up: the column and the reason."""
        if not 0 < len(self.lines) <= MOST_LINES:
            yield "number", "lines_missing" if not self.lines else "too_many_lines"
        elif total(each.net for each in self.lines) != self.net:
            yield "net", "differs_from_lines"
        if self.net + self.vat != self.total:
            yield "total", "differs_from_net_and_vat"
        if self.vat not in {ZERO, vat_of_net(self.net, VAT_RATE)}:
            yield "vat", "differs_from_rate"
        if self.due_on < self.issued_on:
            yield "due_on", "before_issued_on"
        positions = [each.position for each in self.lines]
        if len(set(positions)) != len(positions):
            yield "number", "position_repeated"

    def draft(self) -> Draft:
        return Draft(
            issue_key=self.issue_key,
            kind=InvoiceKind.IMPORTED,
            lines=_lines(sorted(self.lines, key=lambda each: each.position)),
            period=self.period,
            vat_rate=self.vat_rate,
        )


def _lines(lines: Sequence[ImportedLine]) -> list[DraftLine]:
    return [
        DraftLine(
            code=each.charge.value,
            charge=each.charge,
            quantity=each.quantity,
            unit=each.unit,
            price=each.price,
            net=each.net,
            eic=each.eic,
            description=each.description,
        )
        for each in lines
    ]
