"""The operator's SMS provider, by TurboSMS's HTTP API."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from app.models.messages.message import Delivery

LONGEST_CALL: Final = 10.0
"""Seconds after which a call counts as failed, however busily the answer trickles."""

ACCEPTED: Final = frozenset({0, 800, 801, 802, 803})
ACCEPTED_BEFORE: Final = frozenset({427, 507})
"""The same text went to the same phone within 90 s; the same request was answered before."""
REFUSED: Final = frozenset({201, 202, 304, 305, 404, 405, 406, 407, 412, 413})
"""About this phone or this text, so trying again is of no use. All other codes are about the
contract, the token, the balance or the provider's health, which people mend while we retry."""

DELIVERIES: Final = {
    "queued": Delivery.SENT,
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "delivrd": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.FAILED,
    "undeliv": Delivery.FAILED,
    "expired": Delivery.FAILED,
    "rejected": Delivery.FAILED,
    "rejectd": Delivery.FAILED,
    "failed": Delivery.FAILED,
    "cancelled": Delivery.FAILED,
}


class MessageRefused(Exception):
    """The provider will never take this message."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class GatewayUnavailable(Exception):
    """The provider did not take it now; whether it has the message is not known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsGateway:
    """Sends messages and asks what became of them: one attempt each, the worker retries.

    httpx stays on this side; callers see only our two exceptions, which never carry a text.
    """

    def __init__(
        self, http: httpx.AsyncClient, *, sender: str, longest_call: float = LONGEST_CALL
    ) -> None:
        self._http = http
        self._sender = sender
        self._longest_call = longest_call

    async def send(self, *, phone: str, text: str) -> str | None:
        """Hand a message to the provider and return its id there, if the provider tells.

        :raises MessageRefused: the provider will never deliver it.
        :raises GatewayUnavailable: the provider failed, or did not answer in time.
        """
        recipient = phone.removeprefix("+")
        answer = await self._call(
            "/message/send.json",
            {"recipients": [recipient], "sms": {"sender": self._sender, "text": text}},
        )
        results = _results(answer)
        if answer["response_code"] not in ACCEPTED:
            return _judged(answer["response_code"], results)
        if not results:
            raise GatewayUnavailable("answer_unreadable")
        return _judged(_code(results[0]), results)

    async def deliveries(self, ids: Sequence[str]) -> Mapping[str, Delivery]:
        """Return how far messages have come; those the provider does not know are absent.

        :raises GatewayUnavailable: the provider failed, or did not answer in time.
        """
        answer = await self._call("/message/status.json", {"messages": list(ids)})
        if answer["response_code"] not in ACCEPTED:
            raise GatewayUnavailable(f"code_{answer['response_code']}")
        return {
            str(result.get("message_id")): DELIVERIES.get(
                str(result.get("status")).lower(), Delivery.UNKNOWN
            )
            for result in _results(answer)
        }

    async def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._longest_call):
                response = await self._http.post(path, json=body)
        except (TimeoutError, httpx.TimeoutException):
            raise GatewayUnavailable("timeout") from None
        except httpx.HTTPError as error:
            raise GatewayUnavailable(type(error).__name__) from None
        if response.status_code != httpx.codes.OK:
            raise GatewayUnavailable(f"http_{response.status_code}")
        try:
            answer = response.json()
        except ValueError:
            raise GatewayUnavailable("answer_unreadable") from None
        if not isinstance(answer, dict):
            raise GatewayUnavailable("answer_unreadable")
        _code(answer)
        return answer


def _judged(code: int, results: Sequence[Mapping[str, Any]]) -> str | None:
    if code in ACCEPTED or code in ACCEPTED_BEFORE:
        name = results[0].get("message_id") if results else None
        return str(name) if name else None
    if code in REFUSED:
        raise MessageRefused(code)
    raise GatewayUnavailable(f"code_{code}")


def _code(answer: Mapping[str, Any]) -> int:
    code = answer.get("response_code")
    if not isinstance(code, int):
        raise GatewayUnavailable("answer_unreadable")
    return code


def _results(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is said of each recipient or message; errors may have null here."""
    results = answer.get("response_result")
    if not isinstance(results, list):
        return []
    return [result for result in results if isinstance(result, dict)]
