"""LiqPay's API: amounts in hryvnias, everything in two form fields, `data` and `signature`."""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import httpx

from app.adapters.acquirers.calls import LONGEST_CALL, call, read_object
from app.adapters.acquirers.liqpay_answers import STATUSES, charge_of
from app.adapters.acquirers.liqpay_signature import Version, is_signed, sign
from app.models.money import Money
from app.models.payments.acquiring import (
    AcquirerRefused,
    AcquirerUnavailable,
    Charge,
    ChargeStatus,
    ChargeUnknown,
    Checkout,
    CheckoutPage,
    NotificationForged,
)

CHECKOUT: Final = "/api/3/checkout"
REQUEST: Final = "/api/request"
LONGEST_NOTIFICATION: Final = 64 * 1024
UNKNOWN: Final = frozenset({"payment_not_found", "order_not_found", "err_payment_not_found"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiqPayKeys:
    public: str
    private: str
    version: Version = Version.V7


class LiqPayAcquirer:
    """`order_id` is our payment's reference, and what we call it by."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        keys: LiqPayKeys,
        takes_sandbox: bool = False,
        longest_call: float = LONGEST_CALL,
    ) -> None:
        """`takes_sandbox`: a payment in test mode counts as paid; never in production."""
        self._http = http
        self._keys = keys
        self._takes_sandbox = takes_sandbox
        self._longest_call = longest_call

    async def create(self, checkout: Checkout) -> CheckoutPage:
        """Return an address that is signed; LiqPay hears of it when the person opens it."""
        order = {
            "action": "hold" if checkout.is_held else "pay",
            "order_id": checkout.reference,
            "amount": str(checkout.amount),
            "currency": checkout.amount.currency.value,
            "description": checkout.description,
            "server_url": checkout.notification_url,
            "expired_date": checkout.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            **({"result_url": checkout.return_url} if checkout.return_url else {}),
        }
        url = self._http.base_url.join(CHECKOUT)
        return CheckoutPage(checkout.reference, f"{url}?{urlencode(self._form(order))}")

    async def status(self, provider_ref: str) -> Charge:
        answer = await self._ask({"action": "status", "order_id": provider_ref})
        return charge_of(answer, takes_sandbox=self._takes_sandbox)

    async def finalize(self, provider_ref: str, amount: Money) -> None:
        await self._ask(
            {"action": "hold_completion", "order_id": provider_ref, "amount": str(amount)}
        )

    async def refund(self, provider_ref: str, *, reference: str, amount: Money) -> ChargeStatus:  # noqa: ARG002 - the port's; LiqPay keeps no name of a refund
        answer = await self._ask(
            {"action": "refund", "order_id": provider_ref, "amount": str(amount)}
        )
        found = STATUSES.get(str(answer.get("status")), ChargeStatus.UNKNOWN)
        return ChargeStatus.SUCCEEDED if found is ChargeStatus.REVERSED else found

    async def remove(self, provider_ref: str) -> None:
        """Refuse: an address that is signed cannot be taken back, it expires.

        :raises AcquirerRefused: always.
        """
        raise AcquirerRefused(f"cannot_remove_{provider_ref}"[:64])

    async def read_notification(self, headers: Mapping[str, str], body: bytes) -> Charge:  # noqa: ARG002 - the port's; LiqPay signs in the body
        """Return what a notification says.

        :raises NotificationForged: LiqPay has not signed it.
        :raises AcquirerUnavailable: it cannot be read.
        """
        data, signature = _fields(body)
        if not is_signed(signature, data, key=self._keys.private, version=self._keys.version):
            raise NotificationForged
        return charge_of(_opened(data), takes_sandbox=self._takes_sandbox)

    async def _ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        request = self._http.build_request("POST", REQUEST, data=self._form(body))
        status, answer = await call(self._http, request, longest=self._longest_call)
        if status != httpx.codes.OK:
            raise AcquirerUnavailable(f"http_{status}")
        if answer.get("result") == "error" and not answer.get("order_id"):
            reason = str(answer.get("err_code") or "error")[:64]
            raise ChargeUnknown(reason) if reason in UNKNOWN else AcquirerRefused(reason)
        return answer

    def _form(self, body: Mapping[str, Any]) -> dict[str, str]:
        keys = self._keys
        whole = {"version": int(keys.version), "public_key": keys.public, **body}
        data = b64encode(json.dumps(whole, ensure_ascii=False).encode()).decode()
        return {"data": data, "signature": sign(data, key=keys.private, version=keys.version)}


def _fields(body: bytes) -> tuple[str, str]:
    if len(body) > LONGEST_NOTIFICATION:
        raise NotificationForged
    try:
        form = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
        (data,), (signature,) = form["data"], form["signature"]
    except (ValueError, KeyError):
        raise NotificationForged from None
    return data, signature


def _opened(data: str) -> dict[str, Any]:
    try:
        return read_object(b64decode(data, validate=True))
    except binascii.Error:
        raise AcquirerUnavailable("answer_unreadable") from None
