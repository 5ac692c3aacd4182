"""Answers that are rare in life and have to be handled all the same, on request."""

import asyncio
from enum import StrEnum
from typing import Final

from fastapi import Request

from app.errors import Busy
from app.models.limits.requests import TooManyRequestsOfMember

HEADER: Final = "X-Sandbox-Answer"
RETRY_AFTER: Final = 2
SLOW_SECONDS: Final = 5


class ForcedAnswer(StrEnum):
    TOO_MANY_REQUESTS = "429"
    BUSY = "503"
    SLOW = "slow"


async def force_answer(request: Request) -> None:
    """Give the answer that the header asks for, instead of or before the true one.

    Any other value of the header, and a request without it, changes nothing.
    """
    match request.headers.get(HEADER):
        case ForcedAnswer.TOO_MANY_REQUESTS:
            raise TooManyRequestsOfMember(retry_after=RETRY_AFTER)
        case ForcedAnswer.BUSY:
            raise Busy(retry_after=RETRY_AFTER)
        case ForcedAnswer.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
