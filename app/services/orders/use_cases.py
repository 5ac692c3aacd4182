from dataclasses import dataclass

from app.services.context import UseCaseTools
from app.services.orders.catalogue import CatalogueService
from app.services.orders.customer_moves import CustomerMoveService
from app.services.orders.orders import OrderService
from app.services.orders.placing import OrderPlacingService


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Services that can be ordered, and what becomes of an order."""

    catalogue: CatalogueService
    moves: CustomerMoveService
    orders: OrderService
    placing: OrderPlacingService


def build(tools: UseCaseTools) -> Orders:
    context = tools.context
    return Orders(
        catalogue=CatalogueService(database=context.database, clock=context.clock),
        moves=CustomerMoveService(context=context),
        orders=OrderService(context=context),
        placing=OrderPlacingService(context=context),
    )
