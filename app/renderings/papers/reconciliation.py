from collections.abc import Mapping
from typing import Any

from app.models.billing.shown import StatementRow
from app.models.money import ZERO, Money
from app.models.payments.papers import ReconciliationAct
from app.renderings.explanations import detail_of
from app.renderings.papers.in_words import in_words
from app.renderings.papers.parties import customer_facts, document, operator_facts
from app.renderings.papers.words import amount, day, long_day, plain, ukrainian


def act_data(act: ReconciliationAct) -> Mapping[str, Any]:
    statement = act.statement
    first, last = long_day(statement.days.first), long_day(statement.days.last)
    title = "Акт звіряння розрахунків" + (f" № {plain(act.number)}" if act.number else "")
    rows = zip(statement.rows, statement.balances(), strict=True)
    return {
        "document": document(title, statement.days.last, act.operator),
        "title": title,
        "days": f"за період з {first} до {last}",
        "operator": operator_facts(act.operator),
        "customer": customer_facts(act.customer),
        "opening": _sides(statement.opening),
        "opening_label": f"Сальдо на початок {day(statement.days.first)}",
        "rows": [_row(row, after) for row, after in rows],
        "turnover": [amount(statement.debit), amount(statement.credit)],
        "closing": _sides(statement.closing),
        "closing_label": f"Сальдо на кінець {day(statement.days.last)}",
        "conclusion": _conclusion(act, last),
    }


def _row(row: StatementRow, after: Money) -> list[str]:
    return [
        day(row.posted_on),
        plain(detail_of(row, ukrainian)),
        amount(row.debit) if row.debit else "",
        amount(row.credit) if row.credit else "",
        amount(after),
    ]


def _sides(balance: Money) -> list[str]:
    """Return a balance in the column where it belongs: owed to the operator, or by it."""
    if balance >= ZERO:
        return [amount(balance), ""]
    return ["", amount(-balance)]


def _conclusion(act: ReconciliationAct, last: str) -> str:
    closing = act.statement.closing
    operator, customer = plain(act.operator.name), plain(act.customer.name)
    if closing > ZERO:
        said = f"заборгованість {customer} перед {operator} становить"
    elif closing < ZERO:
        said = f"переплата {customer}, яку зарахує або поверне {operator}, становить"
    else:
        return f"Станом на {last} заборгованості між сторонами немає."
    sum_owed = max(closing, -closing)
    return f"Станом на {last} {said} {amount(sum_owed)} грн ({in_words(sum_owed)})."
