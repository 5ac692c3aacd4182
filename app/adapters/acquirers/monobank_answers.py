"""What monobank says of a charge, in an answer or in a notification, as a `Charge`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from app.models.money import Money
from app.models.payments.acquiring import (
    AcquirerUnavailable,
    Charge,
    ChargeStatus,
    Refund,
)

LONGEST_TEXT: Final = 2000
MOST_REFUNDS: Final = 100
LARGEST: Final = 10**13
STATUSES: Final = {
    "created": ChargeStatus.CREATED,
    "processing": ChargeStatus.PROCESSING,
    "hold": ChargeStatus.HELD,
    "success": ChargeStatus.SUCCEEDED,
    "failure": ChargeStatus.FAILED,
    "reversed": ChargeStatus.REVERSED,
    "expired": ChargeStatus.EXPIRED,
}

PAID: Final = frozenset({ChargeStatus.SUCCEEDED, ChargeStatus.REVERSED})


def charge_of(answer: Mapping[str, Any]) -> Charge:
    """Return the charge.

    :raises AcquirerUnavailable: a member that we need is missing or of another kind.
    """
    status = STATUSES.get(text_of(answer, "status"), ChargeStatus.UNKNOWN)
    amount = _money_of(answer, "amount")
    paid = _mapping(answer.get("paymentInfo"))
    return Charge(
        provider_ref=text_of(answer, "invoiceId"),
        reference=_text_or_none(answer.get("reference")),
        status=status,
        amount=amount,
        currency=_number_of(answer, "ccy"),
        received=_received(answer, status, amount),
        modified_at=_moment_of(answer),
        failure=_text_or_none(answer.get("errCode")) or _text_or_none(answer.get("failureReason")),
        fee=Money(fee) if isinstance(fee := paid.get("fee"), int) else None,
        masked_card=_text_or_none(paid.get("maskedPan")),
        refunds=_refunds(answer.get("cancelList")),
    )


def text_of(answer: Mapping[str, Any], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_TEXT:
        raise AcquirerUnavailable("answer_unreadable")
    return found


def _received(answer: Mapping[str, Any], status: ChargeStatus, amount: Money) -> Money:
    if status not in PAID:
        return Money(0)
    return amount if answer.get("finalAmount") is None else _money_of(answer, "finalAmount")


def _refunds(listed: Any) -> tuple[Refund, ...]:
    if not isinstance(listed, list):
        return ()
    return tuple(
        Refund(
            reference=_text_or_none(each.get("extRef")),
            amount=_money_of(each, "amount"),
            status=STATUSES.get(str(each.get("status")), ChargeStatus.UNKNOWN),
        )
        for each in listed[:MOST_REFUNDS]
        if isinstance(each, dict)
    )


def _money_of(answer: Mapping[str, Any], name: str) -> Money:
    return Money(_number_of(answer, name))


def _number_of(answer: Mapping[str, Any], name: str) -> int:
    found = answer.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < LARGEST:
        raise AcquirerUnavailable("answer_unreadable")
    return found


def _moment_of(answer: Mapping[str, Any]) -> datetime:
    text = answer.get("modifiedDate") or answer.get("createdDate")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise AcquirerUnavailable("answer_unreadable") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _text_or_none(found: Any) -> str | None:
    return found[:LONGEST_TEXT] if isinstance(found, str) and found else None
