"""Papers as a test needs them, and what a reader that is not ours finds in one."""

import io
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pypdf

from app.models.billing.books import ChargeClass
from app.models.billing.invoice import InvoiceKind, InvoiceStatus
from app.models.billing.posting import DocumentType, PostingKind
from app.models.billing.shown import (
    Days,
    InvoiceDetail,
    ShownInvoice,
    ShownLine,
    Statement,
    StatementRow,
)
from app.models.money import ZERO, Money
from app.models.payments.papers import Customer, InvoicePaper, ReconciliationAct
from app.models.payments.settings import PaymentSettings
from app.models.payments.slip import Debt, Recipient, slip_of_debt
from app.models.period import Period

SOME_ID: Final = UUID(int=1)
CHOSEN: Final = PaymentSettings(
    recipient_name='ПрАТ "ДТЕК КИЇВСЬКІ ЕЛЕКТРОМЕРЕЖІ"',
    recipient_tax_id="41946011",
    recipient_iban="UA906543210000000260323012024",
    recipient_bank="АТ «Банк»",
)
OPERATOR: Final = Recipient.of(CHOSEN)


def customer(name: str = "ТОВ «Хлібозавод № 5»") -> Customer:
    return Customer(
        name=name,
        tax_id="12345678",
        account_number="1234567890",
        address="м. Київ, вул. Хрещатик, 1",
        contract_number="Р-15/2021",
        contract_date=date(2021, 3, 1),
    )


def invoice_paper(name: str = "ТОВ «Хлібозавод № 5»", *, lines: int = 1) -> InvoicePaper:
    """Return an invoice of 100 hryvnias and VAT, of which 20 are paid."""
    invoice = ShownInvoice(
        id=SOME_ID,
        number="2026-10-000123",
        account_id=SOME_ID,
        account_number="1234567890",
        kind=InvoiceKind.FINAL,
        period=Period(2026, 10),
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 12),
        net=Money(10000),
        vat_rate=Decimal("0.20"),
        vat=Money(2000),
        total=Money(12000),
        paid=Money(2000),
        status=InvoiceStatus.PARTIALLY_PAID,
        corrects_id=None,
    )
    debt = Debt(
        account_number=invoice.account_number,
        number=invoice.number,
        issued_on=invoice.issued_on,
        period=date(2026, 10, 1),
        charges=[ChargeClass.DISTRIBUTION],
        outstanding=Money(10000),
        total=invoice.total,
        vat=invoice.vat,
    )
    return InvoicePaper(
        operator=OPERATOR,
        customer=customer(name),
        detail=InvoiceDetail(invoice, [_line(place, name) for place in range(1, lines + 1)]),
        corrects=None,
        outstanding=Money(10000),
        disputed=ZERO,
        slip=slip_of_debt(debt, OPERATOR),
    )


def statement(*amounts: int, number: str = "2026-10-000123") -> Statement:
    """Return a statement of these kopiykas, each an invoice or a payment, from 5 hryvnias on."""
    rows = [
        StatementRow(
            id=SOME_ID,
            posted_on=date(2026, 10, 5),
            kind=PostingKind.INVOICE if amount > 0 else PostingKind.PAYMENT,
            document_type=DocumentType.INVOICE if amount > 0 else DocumentType.PAYMENT,
            document_id=SOME_ID,
            document_number=number,
            amount=Money(amount),
        )
        for amount in amounts
    ]
    return Statement(days=Days(date(2026, 1, 1), date(2026, 10, 31)), opening=Money(500), rows=rows)


def act(*amounts: int, name: str = "ТОВ «Хлібозавод № 5»") -> ReconciliationAct:
    return ReconciliationAct(
        operator=OPERATOR, customer=customer(name), statement=statement(*amounts)
    )


def text_of(pdf: bytes) -> str:
    """Return the text of all pages, each stretch of white space as one space."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def claims_of(pdf: bytes) -> dict[str, Any]:
    """Return what a PDF says of itself: its PDF/A level, its title, whether it is tagged."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    xmp: Any = reader.xmp_metadata
    catalog: Any = reader.trailer["/Root"]
    space = "http://www.aiim.org/pdfa/ns/id/"
    found = {
        name: [node.firstChild.data for node in xmp.rdf_root.getElementsByTagNameNS(space, name)]
        for name in ("part", "conformance")
    }
    return {
        "part": found["part"],
        "conformance": found["conformance"],
        "title": reader.metadata.title if reader.metadata else None,
        "language": catalog.get("/Lang"),
        "is_tagged": bool(catalog["/MarkInfo"]["/Marked"]),
        "has_colours": "/OutputIntents" in catalog,
    }


def _line(position: int, name: str) -> ShownLine:
    return ShownLine(
        position=position,
        code="works",
        description=f"Послуга {position} для {name}",
        eic=None,
        quantity=Decimal("1.000"),
        unit="service",
        price=Decimal("100.000000000"),
        net=Money(10000),
        vat=Money(2000),
        total=Money(12000),
        basis={},
    )
