import datetime as dt
from uuid import UUID

from pydantic import Field

from app.models.billing.instalment import Instalment, next_issue
from app.models.billing.payment_terms import PaymentForm, due_on
from app.models.billing.shown_terms import ShownTerms
from app.models.money import Currency
from app.models.period import Period
from app.schemas.base import Out, PeriodText
from app.schemas.money import CurrencyName, MoneyText


class NextInstalmentOut(Out):
    period: PeriodText = Field(description="The month that it pays for")
    issue_on: dt.date
    due_on: dt.date


class InstalmentOut(Out):
    """Either a part of the month's plan at the tariff of the month, or a fixed sum."""

    position: int
    since: PeriodText = Field(description="The first month that it is asked for")
    day_of_month: int = Field(
        description="When it is issued: within the month, or in the month before a prepaid one"
    )
    percent: str | None = Field(description="Of the plan", examples=["50"])
    amount: MoneyText | None = Field(description="With VAT")
    due_days: int = Field(description="Working days, counted from the day after it is issued")
    next: NextInstalmentOut | None

    @classmethod
    def of(cls, each: Instalment, form: PaymentForm, today: dt.date) -> "InstalmentOut":
        coming = next_issue(each, form, today)
        return cls.built(
            position=each.position,
            since=Period.containing(each.since),
            day_of_month=each.day_of_month,
            percent=None if each.percent is None else f"{each.percent.normalize():f}",
            amount=None if each.amount is None else str(each.amount),
            due_days=each.due_days,
            next=coming
            and NextInstalmentOut.built(
                period=coming[0], issue_on=coming[1], due_on=due_on(coming[1], each.due_days)
            ),
        )


class PaymentTermsOut(Out):
    account_id: UUID
    form: PaymentForm = Field(
        description="`actual`: after the month. `planned`: by instalments within it. "
        "`prepayment`: by instalments before it. A final invoice follows each month"
    )
    due_days: int = Field(description="Working days in which final invoices are due")
    currency: CurrencyName
    instalments: list[InstalmentOut]

    @classmethod
    def of(cls, terms: ShownTerms, today: dt.date) -> "PaymentTermsOut":
        return cls.built(
            account_id=terms.account_id,
            form=terms.form,
            due_days=terms.due_days,
            currency=Currency.UAH.value,
            instalments=[InstalmentOut.of(each, terms.form, today) for each in terms.instalments],
        )
