"""monobank's acquiring API: amounts in kopiykas, `X-Token` for us, `X-Sign` for them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.acquirers.calls import LONGEST_CALL, call, read_object
from app.adapters.acquirers.monobank_answers import charge_of, text_of
from app.adapters.acquirers.monobank_signature import KeyUnreadable, is_signed, read_key
from app.models.money import Money
from app.models.payments.acquiring import (
    UAH,
    AcquirerRefused,
    AcquirerUnavailable,
    Charge,
    ChargeStatus,
    ChargeUnknown,
    Checkout,
    CheckoutPage,
    NotificationForged,
)

KEY_REST: Final = 30.0
"""Seconds between two fetches of the key: forged notifications must not make us call."""
LONGEST_NOTIFICATION: Final = 64 * 1024
REFUSALS: Final = frozenset({400, 405, 409, 422})
"""All others are about our token, our rate or their health, which people or time mend."""
REFUNDS: Final = {
    "processing": ChargeStatus.PROCESSING,
    "success": ChargeStatus.SUCCEEDED,
    "failure": ChargeStatus.FAILED,
}


class MonobankAcquirer:
    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        longest_call: float = LONGEST_CALL,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`http` has the base address and the header X-Token; `seconds` is a clock that runs."""
        self._http = http
        self._longest_call = longest_call
        self._seconds = seconds
        self._key: ec.EllipticCurvePublicKey | None = None
        self._key_asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def create(self, checkout: Checkout) -> CheckoutPage:
        answer = await self._post(
            "/api/merchant/invoice/create",
            {
                "amount": checkout.amount.kopiykas,
                "ccy": UAH,
                "merchantPaymInfo": {
                    "reference": checkout.reference,
                    "destination": checkout.description,
                },
                "webHookUrl": checkout.notification_url,
                "validity": int(checkout.valid_for.total_seconds()),
                "paymentType": "hold" if checkout.is_held else "debit",
                **({"redirectUrl": checkout.return_url} if checkout.return_url else {}),
            },
        )
        return CheckoutPage(text_of(answer, "invoiceId"), _page_of(answer))

    async def status(self, provider_ref: str) -> Charge:
        answer = await self._send(
            "GET", "/api/merchant/invoice/status", params={"invoiceId": provider_ref}
        )
        return charge_of(answer)

    async def finalize(self, provider_ref: str, amount: Money) -> None:
        body = {"invoiceId": provider_ref, "amount": amount.kopiykas}
        await self._post("/api/merchant/invoice/finalize", body)

    async def refund(self, provider_ref: str, *, reference: str, amount: Money) -> ChargeStatus:
        body = {"invoiceId": provider_ref, "extRef": reference, "amount": amount.kopiykas}
        answer = await self._post("/api/merchant/invoice/cancel", body)
        return REFUNDS.get(str(answer.get("status")), ChargeStatus.UNKNOWN)

    async def remove(self, provider_ref: str) -> None:
        await self._post("/api/merchant/invoice/remove", {"invoiceId": provider_ref})

    async def read_notification(self, headers: Mapping[str, str], body: bytes) -> Charge:
        """Return what a notification says; the key is asked for again when it does not fit.

        :raises NotificationForged: the acquirer has not signed it.
        :raises AcquirerUnavailable: there is no key to judge it by, or it cannot be read.
        """
        signature = headers.get("x-sign", "")
        if not signature or len(body) > LONGEST_NOTIFICATION:
            raise NotificationForged
        if not await self._has_signed(signature, body):
            raise NotificationForged
        return charge_of(read_object(body))

    async def _has_signed(self, signature: str, body: bytes) -> bool:
        if self._key is not None and is_signed(self._key, signature, body):
            return True
        async with self._asking:
            # Whoever waited here may find the key that another notification has fetched.
            if self._key is not None and is_signed(self._key, signature, body):
                return True
            if self._may_ask_for_key():
                self._key = await self._fetch_key()
            if self._key is None:
                raise AcquirerUnavailable("no_key")
            return is_signed(self._key, signature, body)

    def _may_ask_for_key(self) -> bool:
        asked_at = self._key_asked_at
        return asked_at is None or self._seconds() - asked_at >= KEY_REST

    async def _fetch_key(self) -> ec.EllipticCurvePublicKey:
        self._key_asked_at = self._seconds()
        answer = await self._send("GET", "/api/merchant/pubkey")
        try:
            return read_key(text_of(answer, "key"))
        except KeyUnreadable as error:
            raise AcquirerUnavailable(f"key: {error}") from None

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._send("POST", path, json=body)

    async def _send(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        request = self._http.build_request(method, path, **parts)
        status, answer = await call(self._http, request, longest=self._longest_call)
        if status == httpx.codes.OK:
            return answer
        reason = str(answer.get("errCode") or f"http_{status}")[:64]
        if status == httpx.codes.NOT_FOUND:
            raise ChargeUnknown(reason)
        if status not in REFUSALS:
            raise AcquirerUnavailable(reason)
        raise AcquirerRefused(reason)


def _page_of(answer: Mapping[str, Any]) -> str:
    url = text_of(answer, "pageUrl")
    if not url.startswith(("https://", "http://")):
        raise AcquirerUnavailable("answer_unreadable")
    return url
