"""Who is who in a paper, and the day that its file bears."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.models.payments.papers import Customer
from app.models.payments.slip import Recipient
from app.renderings.papers.words import day, plain


def document(title: str, on: date, operator: Recipient) -> Mapping[str, Any]:
    """Return what the file says of itself. Its day is the paper's, so that bytes repeat."""
    return {
        "title": title,
        "author": plain(operator.name),
        "year": on.year,
        "month": on.month,
        "day": on.day,
    }


def operator_facts(operator: Recipient) -> Mapping[str, str]:
    return {
        "name": plain(operator.name),
        "tax_id": plain(operator.tax_id),
        "vat_number": plain(operator.vat_number),
        "iban": plain(operator.iban),
        "bank": plain(operator.bank),
    }


def customer_facts(customer: Customer) -> Mapping[str, str]:
    return {
        "name": plain(customer.name),
        "tax_id": plain(customer.tax_id),
        "tax_id_label": tax_id_label(customer.tax_id),
        "account_number": plain(customer.account_number),
        "address": plain(customer.address),
        "contract": contract_of(customer),
    }


def tax_id_label(tax_id: str) -> str:
    """Return what the number is called: companies have eight digits, people ten."""
    return "РНОКПП" if len(tax_id) == len("1234567890") else "Код ЄДРПОУ"


def contract_of(customer: Customer) -> str:
    if not customer.contract_number:
        return ""
    signed = f" від {day(customer.contract_date)}" if customer.contract_date else ""
    return f"№ {plain(customer.contract_number)}{signed}"
