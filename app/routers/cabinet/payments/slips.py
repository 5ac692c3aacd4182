import asyncio
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.billing.nbu_qr.writing import address
from app.models.payments.refusals import AmountInvalid, InvoiceAlreadyPaid
from app.models.payments.slip import RecipientUnknown
from app.renderings.payment_code import payment_code_png, payment_code_svg
from app.routers.deps import AppServices, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.payments.slips import AdvanceQuery, PaymentSlipOut
from app.services.payments.use_cases import Payments

router = APIRouter(
    tags=["payments"],
    responses=problems(
        OwnershipPending, PermissionMissing, NotFound, LinkScopeMissing, RecipientUnknown
    ),
)

# A picture opened on a page of its own is a document: it may fetch and run nothing.
INERT: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}


class SvgResponse(Response):
    media_type = "image/svg+xml"


class PngResponse(Response):
    media_type = "image/png"


@router.get("/invoices/{invoice_id}/payment-slip", responses=problems(InvoiceAlreadyPaid))
async def get_payment_slip(
    invoice_id: UUID, credentials: SignedIn, services: AppServices
) -> PaymentSlipOut:
    """Show what to write into a bank's form to pay what is owed of an invoice."""
    slip = await services.of(Payments).slips.of_invoice(credentials, invoice_id)
    return PaymentSlipOut.of(slip)


@router.get(
    "/invoices/{invoice_id}/payment-slip.svg",
    response_class=SvgResponse,
    responses={
        HTTPStatus.OK: {"description": "The payment code, for a page or an e-mail to embed"},
        **problems(InvoiceAlreadyPaid),
    },
)
async def get_payment_code_svg(
    invoice_id: UUID, credentials: SignedIn, services: AppServices
) -> SvgResponse:
    """Draw the payment code of an invoice, format 003 of the National Bank."""
    slip = await services.of(Payments).slips.of_invoice(credentials, invoice_id)
    return SvgResponse(payment_code_svg(address(slip.code), title=slip.purpose), headers=INERT)


@router.get(
    "/invoices/{invoice_id}/payment-slip.png",
    response_class=PngResponse,
    responses={
        HTTPStatus.OK: {"description": "The payment code, for a document to embed"},
        **problems(InvoiceAlreadyPaid),
    },
)
async def get_payment_code_png(
    invoice_id: UUID, credentials: SignedIn, services: AppServices
) -> PngResponse:
    """Draw the payment code of an invoice, format 003 of the National Bank."""
    slip = await services.of(Payments).slips.of_invoice(credentials, invoice_id)
    # Tens of milliseconds of arithmetic: in a thread, others are served meanwhile.
    picture = await asyncio.to_thread(payment_code_png, address(slip.code))
    return PngResponse(picture, headers=INERT)


@router.get("/accounts/{account_id}/payment-slip", responses=problems(AmountInvalid))
async def get_advance_slip(
    account_id: UUID,
    query: Annotated[AdvanceQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
) -> PaymentSlipOut:
    """Show what to write into a bank's form to pay an account in advance."""
    slip = await services.of(Payments).slips.of_account(credentials, account_id, query.money())
    return PaymentSlipOut.of(slip)
