from dataclasses import dataclass

from app.services.context import UseCaseTools
from app.services.orders.catalogue import CatalogueService


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Services that can be ordered, and what becomes of an order."""

    catalogue: CatalogueService


def build(tools: UseCaseTools) -> Orders:
    context = tools.context
    return Orders(catalogue=CatalogueService(database=context.database, clock=context.clock))
