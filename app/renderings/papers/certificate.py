from collections.abc import Mapping
from typing import Any

from app.models.payments.papers import BalanceCertificate
from app.renderings.papers.in_words import in_words
from app.renderings.papers.parties import customer_facts, document, operator_facts
from app.renderings.papers.words import amount, long_day, plain


def certificate_data(paper: BalanceCertificate) -> Mapping[str, Any]:
    title = f"Довідка про стан розрахунків № {plain(paper.number)}"
    balance = paper.balance
    return {
        "document": document(title, paper.as_of, paper.operator),
        "title": title,
        "issued_on": long_day(paper.as_of),
        "operator": operator_facts(paper.operator),
        "customer": customer_facts(paper.customer),
        "conclusion": _conclusion(paper),
        "rows": [
            ["До сплати за виставленими рахунками", amount(balance.to_pay)],
            ["з них строк сплати минув", amount(balance.overdue)],
            ["Оскаржено, до рішення не сплачується", amount(balance.disputed)],
            ["Сплачено наперед", amount(balance.prepaid)],
        ],
    }


def _conclusion(paper: BalanceCertificate) -> str:
    on, to_pay = long_day(paper.as_of), paper.balance.to_pay
    if not paper.owes:
        return f"Станом на {on} заборгованості за цим особовим рахунком немає."
    return (
        f"Станом на {on} заборгованість за цим особовим рахунком становить "
        f"{amount(to_pay)} грн ({in_words(to_pay)})."
    )
