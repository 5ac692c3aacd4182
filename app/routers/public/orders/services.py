"""What can be ordered from the operator."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.models.orders.service import ServiceClosed, ServiceNotFound
from app.routers.deps import AppServices, Language
from app.routers.problems.handlers import problems
from app.schemas.base import Page
from app.schemas.orders.services import ServiceOut
from app.services.orders.use_cases import Orders

router = APIRouter(prefix="/services", tags=["orders"])

ServiceCode = Annotated[str, Path(max_length=40, pattern="^[a-z][a-z0-9_]*$")]


@router.get("")
async def list_services(services: AppServices, language: Language) -> Page[ServiceOut]:
    """List what can be ordered today, with prices, terms of the law and forms."""
    found = await services.of(Orders).catalogue.list_offered()
    items = [ServiceOut.of(each, language) for each in found]
    return Page[ServiceOut].built(items=items, next_cursor=None)


@router.get("/{service_code}", responses=problems(ServiceNotFound, ServiceClosed))
async def get_service(
    service_code: ServiceCode, services: AppServices, language: Language
) -> ServiceOut:
    """Show one service with the form of its order."""
    return ServiceOut.of(await services.of(Orders).catalogue.get(service_code), language)
