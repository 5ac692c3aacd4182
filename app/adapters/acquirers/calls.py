"""One bounded call to an acquirer, and what its answer may look like."""

import asyncio
import json
from decimal import Decimal
from typing import Any, Final

import httpx

from app.models.payments.acquiring import AcquirerUnavailable

LONGEST_CALL: Final = 10.0
"""Seconds after which a call counts as failed, however busily the answer trickles."""
LONGEST_ANSWER: Final = 256 * 1024
"""Bytes: what an acquirer says of one charge is a hundredth of it."""


async def call(
    http: httpx.AsyncClient, request: httpx.Request, *, longest: float = LONGEST_CALL
) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of an answer.

    :raises AcquirerUnavailable: no answer in time, too much of it, or no JSON object.
    """
    try:
        async with asyncio.timeout(longest):
            response = await http.send(request, stream=True)
            try:
                content = await _limited(response)
            finally:
                await response.aclose()
    except (TimeoutError, httpx.TimeoutException):
        raise AcquirerUnavailable("timeout") from None
    except httpx.HTTPError as error:
        raise AcquirerUnavailable(type(error).__name__) from None
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise AcquirerUnavailable(f"http_{response.status_code}")
    return response.status_code, read_object(content)


async def _limited(response: httpx.Response) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > LONGEST_ANSWER:
            raise AcquirerUnavailable("answer_too_long")
    return bytes(content)


def read_object(content: bytes) -> dict[str, Any]:
    """Return a JSON object; numbers with a point are exact, because they may be money.

    :raises AcquirerUnavailable: something else.
    """
    try:
        answer = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise AcquirerUnavailable("answer_unreadable") from None
    if not isinstance(answer, dict):
        raise AcquirerUnavailable("answer_unreadable")
    return answer
