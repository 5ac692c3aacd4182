from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.routers.deps import AppServices, Language, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.base import Page
from app.schemas.billing.invoices import InvoiceDetailOut, InvoiceOut, InvoicesQuery
from app.security.cursors import CursorInvalid
from app.services.billing.use_cases import Billing
from app.texts import say

router = APIRouter(
    prefix="/invoices", tags=["bills"], responses=problems(OwnershipPending, PermissionMissing)
)


@router.get("", responses=problems(CursorInvalid))
async def list_invoices(
    query: Annotated[InvoicesQuery, Query()], credentials: SignedIn, services: AppServices
) -> Page[InvoiceOut]:
    """List the invoices of the cabinet's accounts, newest first.

    Those of another company's account are there if its link's scope is `bills` or `all`.
    """
    found = await services.of(Billing).invoices.list_newest(
        credentials, query.chosen(), limit=query.limit, cursor=query.cursor
    )
    items = [InvoiceOut.of(invoice) for invoice in found.items]
    return Page[InvoiceOut].built(items=items, next_cursor=found.next_cursor)


@router.get("/{invoice_id}", responses=problems(NotFound))
async def get_invoice(
    invoice_id: UUID, credentials: SignedIn, services: AppServices, language: Language
) -> InvoiceDetailOut:
    """Show an invoice with its lines, and how each figure came about."""
    detail = await services.of(Billing).invoices.get(credentials, invoice_id)
    return InvoiceDetailOut.of_detail(detail, lambda key, **facts: say(key, language, **facts))
