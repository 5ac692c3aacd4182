import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.models.billing.posting import DocumentType, PostingKind
from app.models.billing.shown import AccountBalance, Statement, StatementRow
from app.models.money import Currency, Money
from app.renderings.explanations import Words, detail_of
from app.schemas.base import Cursor, Day, In, Limit, Out
from app.schemas.money import CurrencyName, MoneyText
from app.services.billing.balances import CabinetBalance


class NextDueOut(Out):
    amount: MoneyText
    due_on: dt.date


class LastPaymentOut(Out):
    amount: MoneyText
    received_on: dt.date
    method: Literal["card", "bank_transfer"]


class AccountBalanceOut(Out):
    account_id: UUID
    account_number: str
    as_of: dt.date = Field(description="The day in Kyiv by which debts are overdue or not")
    currency: CurrencyName
    to_pay: MoneyText = Field(description="All invoices that are open, disputed ones left out")
    overdue: MoneyText = Field(description="Of it, what was due before `as_of`")
    disputed: MoneyText
    prepaid: MoneyText = Field(description="What was paid before it was due; pays what comes next")
    next_due: NextDueOut | None
    last_payment: LastPaymentOut | None

    @classmethod
    def of(cls, balance: AccountBalance, today: dt.date) -> "AccountBalanceOut":
        due, payment = balance.next_due, balance.last_payment
        return cls.built(
            account_id=balance.account_id,
            account_number=balance.account_number,
            as_of=today,
            currency=Currency.UAH.value,
            to_pay=str(balance.to_pay),
            overdue=str(balance.overdue),
            disputed=str(balance.disputed),
            prepaid=str(balance.prepaid),
            next_due=due and NextDueOut.built(amount=str(due.amount), due_on=due.due_on),
            last_payment=payment
            and LastPaymentOut.built(
                amount=str(payment.amount),
                received_on=payment.received_on,
                method=payment.method,
            ),
        )


class BalanceQuery(In):
    limit: Limit = 50
    cursor: Cursor = None


class CabinetBalanceOut(Out):
    """The sums are of all accounts whose bills the caller may see; `items` are a page of them."""

    as_of: dt.date
    currency: CurrencyName
    to_pay: MoneyText
    overdue: MoneyText
    disputed: MoneyText
    prepaid: MoneyText
    items: list[AccountBalanceOut]
    next_cursor: str | None

    @classmethod
    def of(cls, balance: CabinetBalance, today: dt.date) -> "CabinetBalanceOut":
        totals = balance.totals
        return cls.built(
            as_of=today,
            currency=Currency.UAH.value,
            to_pay=str(totals.to_pay),
            overdue=str(totals.overdue),
            disputed=str(totals.disputed),
            prepaid=str(totals.prepaid),
            items=[AccountBalanceOut.of(each, today) for each in balance.page.items],
            next_cursor=balance.page.next_cursor,
        )


class StatementQuery(In):
    from_: Day | None = Field(
        None, alias="from", description="First day; the first of the year of `to`, if left out"
    )
    to: Day | None = Field(None, description="Last day, included; today, if left out")


class PostedDocumentOut(Out):
    type: DocumentType
    id: UUID
    number: str


class PostingOut(Out):
    id: UUID
    posted_on: dt.date
    kind: PostingKind
    document: PostedDocumentOut | None
    debit: MoneyText = Field(description="What the customer owes more")
    credit: MoneyText
    balance_after: MoneyText = Field(description="What is owed then; negative: paid before")
    detail: str = Field(description="For people, in the caller's language")

    @classmethod
    def of(cls, row: StatementRow, after: Money, words: Words) -> "PostingOut":
        document = row.document_id and PostedDocumentOut.built(
            type=row.document_type, id=row.document_id, number=row.document_number
        )
        return cls.built(
            id=row.id,
            posted_on=row.posted_on,
            kind=row.kind,
            document=document,
            debit=str(row.debit),
            credit=str(row.credit),
            balance_after=str(after),
            detail=detail_of(row, words),
        )


class TurnoverOut(Out):
    debit: MoneyText
    credit: MoneyText


class StatementOut(Out):
    """What moved the balance of an account: `closing = opening + debit - credit`."""

    from_: dt.date = Field(serialization_alias="from")
    to: dt.date
    currency: CurrencyName
    opening_balance: MoneyText
    postings: list[PostingOut]
    turnover: TurnoverOut
    closing_balance: MoneyText

    @classmethod
    def of(cls, statement: Statement, words: Words) -> "StatementOut":
        rows = zip(statement.rows, statement.balances(), strict=True)
        return cls.built(
            from_=statement.days.first,
            to=statement.days.last,
            currency=Currency.UAH.value,
            opening_balance=str(statement.opening),
            postings=[PostingOut.of(row, after, words) for row, after in rows],
            turnover=TurnoverOut.built(debit=str(statement.debit), credit=str(statement.credit)),
            closing_balance=str(statement.closing),
        )
