from dataclasses import dataclass

from app.models.payments.return_urls import ReturnUrls
from app.models.payments.settings import PaymentSettings
from app.services.context import UseCaseTools
from app.services.payments.charges import ChargeService
from app.services.payments.gateway import Gateway
from app.services.payments.papers import PaperService
from app.services.payments.payments import PaymentService
from app.services.payments.press import PaperPress
from app.services.payments.slips import PaymentSlipService
from app.services.payments.statements import StatementService


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """How bills are paid: by card here and now, or by a bank's transfer that comes later."""

    charges: ChargeService
    papers: PaperService
    payments: PaymentService
    slips: PaymentSlipService
    statements: StatementService


def build(tools: UseCaseTools) -> Payments:
    gateway = tools.context.ports.of(Gateway) or Gateway()
    settings = tools.context.settings.of(PaymentSettings)
    return Payments(
        charges=ChargeService(context=tools.context, gateway=gateway),
        papers=PaperService(context=tools.context, press=PaperPress.of(tools.context.ports)),
        payments=PaymentService(
            context=tools.context,
            gateway=gateway,
            return_urls=tools.context.ports.of(ReturnUrls) or ReturnUrls.of(()),
            largest=settings.largest_by_card,
            is_held=settings.hold_cards,
        ),
        slips=PaymentSlipService(context=tools.context),
        statements=StatementService(database=tools.context.database, clock=tools.context.clock),
    )
