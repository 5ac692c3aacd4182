"""What acquirers tell us: they sign what they send, and nobody signs in."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from app.errors import NotFound
from app.models.payments.acquiring import (
    LIQPAY,
    MONOBANK,
    NotificationForged,
    PaymentGatewayUnavailable,
)
from app.models.payments.charges import PaymentMismatched
from app.routers.deps import AppServices
from app.routers.http.body_limits import takes_form_fields
from app.routers.problems.handlers import problems
from app.services.payments.use_cases import Payments

router = APIRouter(prefix="/payment-gateways", tags=["payments"])


@router.get("/monobank/notifications", status_code=HTTPStatus.OK, response_class=Response)
async def answer_monobank() -> Response:
    """Tell monobank, which asks before it sends anything, that this address is there."""
    return Response(status_code=HTTPStatus.OK)


@router.post(
    "/monobank/notifications",
    status_code=HTTPStatus.OK,
    response_class=Response,
    responses=problems(NotFound, NotificationForged, PaymentMismatched, PaymentGatewayUnavailable),
)
async def take_monobank_notification(request: Request, services: AppServices) -> Response:
    """Take what monobank tells of a payment, signed with `X-Sign` over the very bytes.

    The same again, or an older state, changes nothing and answers 200.
    """
    body = await request.body()
    await services.of(Payments).charges.notified(MONOBANK, request.headers, body)
    return Response(status_code=HTTPStatus.OK)


@router.post(
    "/liqpay/notifications",
    status_code=HTTPStatus.OK,
    response_class=Response,
    responses=problems(NotFound, NotificationForged, PaymentMismatched, PaymentGatewayUnavailable),
)
@takes_form_fields
async def take_liqpay_notification(request: Request, services: AppServices) -> Response:
    """Take what LiqPay tells of a payment: the fields `data` and `signature` of a form.

    The same again, or an older state, changes nothing and answers 200.
    """
    body = await request.body()
    await services.of(Payments).charges.notified(LIQPAY, request.headers, body)
    return Response(status_code=HTTPStatus.OK)
