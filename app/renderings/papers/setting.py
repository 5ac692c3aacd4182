"""Turns a paper into the name of its template and the strings that stand in it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from app.models.payments.papers import (
    BalanceCertificate,
    InvoicePaper,
    Paper,
    PointPassport,
    ReconciliationAct,
)
from app.renderings.papers.certificate import certificate_data
from app.renderings.papers.invoice import invoice_data
from app.renderings.papers.passport import passport_data
from app.renderings.papers.reconciliation import act_data

SetPaper: TypeAlias = tuple[str, Mapping[str, Any]]


def set_paper(paper: Paper) -> SetPaper:
    match paper:
        case InvoicePaper():
            return "invoice", invoice_data(paper)
        case ReconciliationAct():
            return "reconciliation", act_data(paper)
        case BalanceCertificate():
            return "certificate", certificate_data(paper)
        case PointPassport():
            return "passport", passport_data(paper)
