from dataclasses import dataclass

from app.services.billing.balances import BalanceService
from app.services.billing.forecasts import BillForecastService
from app.services.billing.invoices import InvoiceService
from app.services.billing.shown_terms import ShownTermsService
from app.services.context import UseCaseTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """What customers owe, and how it came about."""

    balances: BalanceService
    forecasts: BillForecastService
    invoices: InvoiceService
    terms: ShownTermsService


def build(tools: UseCaseTools) -> Billing:
    return Billing(
        balances=BalanceService(context=tools.context),
        forecasts=BillForecastService(context=tools.context),
        invoices=InvoiceService(context=tools.context),
        terms=ShownTermsService(context=tools.context),
    )
