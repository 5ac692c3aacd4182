from collections.abc import Mapping
from typing import Any, Final

from app.models.billing.invoice import InvoiceKind, InvoiceStatus
from app.models.billing.nbu_qr.writing import address
from app.models.billing.shown import ShownLine
from app.models.payments.papers import InvoicePaper
from app.models.payments.slip import PaymentSlip
from app.renderings.explanations import description_of, explained
from app.renderings.papers.in_words import in_words
from app.renderings.papers.parties import customer_facts, document, operator_facts
from app.renderings.papers.words import (
    amount,
    long_day,
    month,
    number,
    plain,
    price,
    ukrainian,
    unit,
)
from app.renderings.payment_code import payment_code_svg

TITLES: Final = {
    InvoiceKind.PLANNED: "Рахунок на планову оплату",
    InvoiceKind.FINAL: "Рахунок",
    InvoiceKind.SERVICE: "Рахунок за послуги",
    InvoiceKind.CORRECTIVE: "Коригувальний рахунок",
    InvoiceKind.PENALTY: "Рахунок на сплату пені",
    InvoiceKind.IMPORTED: "Рахунок",
}
MOST_EXPLAINED: Final = 200
"""Lines of an invoice; the figures of a longer one are explained in the cabinet alone."""


def invoice_data(paper: InvoicePaper) -> Mapping[str, Any]:
    invoice = paper.detail.invoice
    title = f"{TITLES[invoice.kind]} № {plain(invoice.number)}"
    return {
        "document": document(title, invoice.issued_on, paper.operator),
        "title": title,
        "issued_on": long_day(invoice.issued_on),
        "due_on": long_day(invoice.due_on),
        "period": month(invoice.period) if invoice.period else "",
        "corrects": plain(paper.corrects),
        "operator": operator_facts(paper.operator),
        "customer": customer_facts(paper.customer),
        "lines": [_line(line) for line in paper.detail.lines],
        "net": amount(invoice.net),
        "vat_label": f"ПДВ {number(invoice.vat_rate * 100)} %" if invoice.vat else "Без ПДВ",
        "vat": amount(invoice.vat),
        "total": amount(invoice.total),
        "total_words": in_words(invoice.total),
        "state": _state(paper),
        "slip": _slip(paper.slip) if paper.slip else None,
        "explanation": _explanation(paper),
    }


def _line(line: ShownLine) -> list[str]:
    return [
        str(line.position),
        plain(description_of(line, ukrainian)),
        unit(line.unit),
        number(line.quantity),
        price(line.price),
        amount(line.net),
    ]


def _state(paper: InvoicePaper) -> list[list[str]]:
    """Return what has become of the invoice so far: labels, and sums or words."""
    if paper.detail.invoice.status is InvoiceStatus.CANCELLED:
        return [["Замінено остаточним рахунком за цей місяць", ""]]
    rows = [["Зараховано оплат", amount(paper.paid)]] if paper.paid else []
    if paper.disputed:
        rows.append(["Оскаржено, до рішення не сплачується", amount(paper.disputed)])
    if paper.slip and paper.slip.amount:
        rows.append(["До сплати", amount(paper.slip.amount)])
    elif not paper.outstanding:
        rows.append(["Заборгованості за цим рахунком немає", ""])
    return rows


def _slip(slip: PaymentSlip) -> Mapping[str, str]:
    return {
        "purpose": plain(slip.purpose),
        "code": payment_code_svg(address(slip.code), title=slip.purpose),
    }


def _explanation(paper: InvoicePaper) -> list[list[str]]:
    if len(paper.detail.lines) > MOST_EXPLAINED:
        return []
    return [
        [str(position) if position else "", plain(sentence)]
        for position, sentence in explained(paper.detail, ukrainian)
    ]
