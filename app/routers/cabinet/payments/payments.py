from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import LinkScopeMissing, OwnershipPending, PermissionMissing
from app.errors import NotFound
from app.models.payments.acquiring import PaymentGatewayUnavailable
from app.models.payments.refusals import (
    AmountInvalid,
    InvoiceAlreadyPaid,
    PaymentInProgress,
    PaymentNotCancellable,
    ReturnUrlNotAllowed,
)
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.idempotency import REPEATABLE, MayRepeat
from app.routers.problems.handlers import problems
from app.schemas.base import Page
from app.schemas.payments.payments import PaymentIn, PaymentOut, PaymentsQuery, Words
from app.security.cursors import CursorInvalid
from app.services.payments.use_cases import Payments
from app.texts import Locale, say

router = APIRouter(
    prefix="/payments",
    tags=["payments"],
    responses=problems(OwnershipPending, PermissionMissing),
)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=PaymentOut,
    responses=problems(
        NotFound,
        LinkScopeMissing,
        InvoiceAlreadyPaid,
        PaymentInProgress,
        AmountInvalid,
        ReturnUrlNotAllowed,
        PaymentGatewayUnavailable,
        *REPEATABLE,
    ),
)
async def start_payment(
    body: PaymentIn,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
    repeat: MayRepeat,
) -> Response:
    """Begin to pay invoices in full, or a sum to an account in advance, by card.

    Send the person to `page_url`; what became of the payment `GET /v1/payments/{payment_id}`
    tells, and never the way back from that page. Invoices of several accounts may be paid at
    once. An invoice that is being paid already answers 409 with the payment under way.
    """
    payments, words = services.of(Payments).payments, _words(language)
    asked = body.asked()
    return await repeat.once(
        lambda once: payments.start(credentials, asked, origin=origin, once=once),
        shown=lambda shown: PaymentOut.of(shown, words),
        status=lambda _: HTTPStatus.CREATED,
    )


@router.get("", responses=problems(CursorInvalid))
async def list_payments(
    query: Annotated[PaymentsQuery, Query()],
    credentials: SignedIn,
    services: AppServices,
    language: Language,
) -> Page[PaymentOut]:
    """List the company's payments, and those of others for its accounts, newest first."""
    found = await services.of(Payments).payments.newest(
        credentials, query.chosen, limit=query.limit, cursor=query.cursor
    )
    words = _words(language)
    items = [PaymentOut.of(shown, words) for shown in found.items]
    return Page[PaymentOut].built(items=items, next_cursor=found.next_cursor)


@router.get("/{payment_id}", responses=problems(NotFound))
async def get_payment(
    payment_id: UUID, credentials: SignedIn, services: AppServices, language: Language
) -> PaymentOut:
    """Show a payment; the acquirer is asked first if its answer may be stale."""
    shown = await services.of(Payments).payments.get(credentials, payment_id)
    return PaymentOut.of(shown, _words(language))


@router.post(
    "/{payment_id}/cancellations",
    status_code=HTTPStatus.OK,
    responses=problems(NotFound, PaymentNotCancellable, PaymentGatewayUnavailable),
)
async def cancel_payment(
    payment_id: UUID,
    credentials: SignedIn,
    services: AppServices,
    language: Language,
    origin: Origin,
) -> PaymentOut:
    """Close the acquirer's page of a payment that nobody has paid; its invoices are free again."""
    shown = await services.of(Payments).payments.cancel(credentials, payment_id, origin=origin)
    return PaymentOut.of(shown, _words(language))


def _words(language: Locale) -> Words:
    return lambda code: say(code, language)
