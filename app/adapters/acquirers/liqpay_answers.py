"""What LiqPay says of a charge, in an answer or in a notification, as a `Charge`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from app.models.money import AmountUnreadable, Money
from app.models.payments.acquiring import UAH, AcquirerUnavailable, Charge, ChargeStatus

SANDBOX: Final = "sandbox"
"""Nobody has paid: the shop is in test mode."""
STATUSES: Final = {
    "success": ChargeStatus.SUCCEEDED,
    "wait_accept": ChargeStatus.SUCCEEDED,
    "failure": ChargeStatus.FAILED,
    "error": ChargeStatus.FAILED,
    "reversed": ChargeStatus.REVERSED,
    "hold_wait": ChargeStatus.HELD,
    "processing": ChargeStatus.PROCESSING,
    "prepared": ChargeStatus.CREATED,
    "invoice_wait": ChargeStatus.CREATED,
    "3ds_verify": ChargeStatus.PROCESSING,
    "otp_verify": ChargeStatus.PROCESSING,
    "cvv_verify": ChargeStatus.PROCESSING,
    "sender_verify": ChargeStatus.PROCESSING,
    "receiver_verify": ChargeStatus.PROCESSING,
    "wait_secure": ChargeStatus.PROCESSING,
    "wait_reserve": ChargeStatus.PROCESSING,
    "cash_wait": ChargeStatus.PROCESSING,
}
"""`wait_accept`: the payer has paid, and LiqPay still looks at the shop."""
CURRENCIES: Final = {"UAH": UAH, "USD": 840, "EUR": 978}
OTHER_CURRENCY: Final = 999
"""ISO 4217 by number: no currency. A payment in it never fits one of ours."""
LONGEST_TEXT: Final = 500
MOMENTS: Final = ("create_date", "end_date", "refund_date_last")
LATEST: Final = 10**13


def charge_of(answer: Mapping[str, Any], *, takes_sandbox: bool) -> Charge:
    """Return the charge.

    :raises AcquirerUnavailable: a member that we need is missing or of another kind.
    """
    order = answer.get("order_id")
    if not isinstance(order, str) or not 0 < len(order) <= LONGEST_TEXT:
        raise AcquirerUnavailable("answer_unreadable")
    status = _status_of(answer, takes_sandbox=takes_sandbox)
    amount = _money(answer.get("amount"))
    commission = answer.get("receiver_commission")
    return Charge(
        provider_ref=order,
        reference=order,
        status=status,
        amount=amount,
        currency=CURRENCIES.get(str(answer.get("currency")), OTHER_CURRENCY),
        received=_received(answer, status, amount),
        modified_at=_moment_of(answer),
        failure=_failure_of(answer, status),
        fee=None if commission is None else _money(commission),
        masked_card=_text(answer.get("sender_card_mask2")),
    )


def _received(answer: Mapping[str, Any], status: ChargeStatus, amount: Money) -> Money:
    """Return what the card has paid, less what went back; more than that cannot go back."""
    if status is not ChargeStatus.SUCCEEDED:
        return Money(0)
    returned = answer.get("refund_amount")
    return amount if returned is None else max(amount - _money(returned), Money(0))


def _status_of(answer: Mapping[str, Any], *, takes_sandbox: bool) -> ChargeStatus:
    word = answer.get("status")
    if word == SANDBOX:
        return ChargeStatus.SUCCEEDED if takes_sandbox else ChargeStatus.FAILED
    return STATUSES.get(str(word), ChargeStatus.UNKNOWN)


def _failure_of(answer: Mapping[str, Any], status: ChargeStatus) -> str | None:
    if status is not ChargeStatus.FAILED:
        return None
    return _text(answer.get("err_code")) or _text(answer.get("status"))


def _money(found: Any) -> Money:
    """Return an amount written as a number or as a text; never by way of a float."""
    if not isinstance(found, (str, int, Decimal)) or isinstance(found, bool):
        raise AcquirerUnavailable("answer_unreadable")
    try:
        return Money.parse(str(found))
    except AmountUnreadable:
        raise AcquirerUnavailable("answer_unreadable") from None


def _moment_of(answer: Mapping[str, Any]) -> datetime:
    """Return the newest of their moments, which are milliseconds since 1970."""
    said = [answer[name] for name in MOMENTS if answer.get(name)]
    if not said or not all(_is_moment(each) for each in said):
        raise AcquirerUnavailable("answer_unreadable")
    return datetime.fromtimestamp(max(said) / 1000, UTC)


def _is_moment(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 < found < LATEST


def _text(found: Any) -> str | None:
    return found[:LONGEST_TEXT] if isinstance(found, str) and found else None
