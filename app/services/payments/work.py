from app.adapters.files.storage import FolderStorage
from app.models.orders.settings import OrderSettings
from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.payments.charges import ChargeService
from app.services.payments.gateway import Gateway
from app.services.payments.instructed import InstructedService
from app.services.payments.order_fees import OrderFeeService
from app.services.payments.order_papers import OrderPaperService
from app.services.payments.press import PaperPress
from app.services.payments.statements import StatementService


def work(tools: WorkTools) -> BackgroundWork:
    """Ask the acquirer where it is silent, match what banks have brought, bill what is ordered."""
    gateway = tools.context.ports.of(Gateway) or Gateway()
    fees = OrderFeeService(database=tools.context.database, clock=tools.context.clock)
    charges = ChargeService(context=tools.context, gateway=gateway)
    instructed = InstructedService(context=tools.context, gateway=gateway)
    papers = OrderPaperService(
        context=tools.context,
        press=PaperPress.of(tools.context.ports),
        storage=FolderStorage(tools.context.settings.of(OrderSettings).files_folder),
    )
    statements = StatementService(database=tools.context.database, clock=tools.context.clock)
    return BackgroundWork(
        scheduled=[
            ScheduledWork("poll_payments", 5.0, charges.poll, until_nothing_is_left=True),
            ScheduledWork(
                "instruct_acquirer", 2.0, instructed.instruct, until_nothing_is_left=True
            ),
            ScheduledWork("issue_order_papers", 1.0, papers.issue, until_nothing_is_left=True),
            ScheduledWork("invoice_orders", 2.0, fees.invoice, until_nothing_is_left=True),
            ScheduledWork(
                "follow_order_payments", 2.0, fees.follow_payments, until_nothing_is_left=True
            ),
            ScheduledWork("take_back_order_fees", 5.0, fees.take_back, until_nothing_is_left=True),
            ScheduledWork(
                "compensate_late_orders", 10.0, fees.compensate, until_nothing_is_left=True
            ),
            ScheduledWork("match_statements", 60.0, statements.match, until_nothing_is_left=True),
        ]
    )
