from dataclasses import dataclass

from app.adapters.files.intake import FileIntake
from app.adapters.files.scanner import Scanner
from app.adapters.files.storage import FolderStorage
from app.models.orders.settings import OrderSettings
from app.services.context import UseCaseTools
from app.services.orders.appointments import AppointmentService
from app.services.orders.attachments import AttachmentService
from app.services.orders.catalogue import CatalogueService
from app.services.orders.customer_moves import CustomerMoveService
from app.services.orders.orders import OrderService
from app.services.orders.placing import OrderPlacingService


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Services that can be ordered, and what becomes of an order."""

    appointments: AppointmentService
    attachments: AttachmentService
    catalogue: CatalogueService
    moves: CustomerMoveService
    orders: OrderService
    placing: OrderPlacingService


def build(tools: UseCaseTools) -> Orders:
    context = tools.context
    settings = context.settings.of(OrderSettings)
    return Orders(
        appointments=AppointmentService(context=context),
        attachments=AttachmentService(
            context=context,
            intake=FileIntake(Scanner(settings.clamd_address)),
            storage=FolderStorage(settings.files_folder),
        ),
        catalogue=CatalogueService(database=context.database, clock=context.clock),
        moves=CustomerMoveService(context=context),
        orders=OrderService(context=context),
        placing=OrderPlacingService(context=context),
    )
