"""An acquirer that listens on a real port, and a page that is asked of it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.adapters.acquirers.monobank import MonobankAcquirer
from tests.adapters.payments.checkouts import Seconds
from tests.fakes.monobank import TOKEN, FakeMonobank, running_monobank


@pytest.fixture
async def monobank() -> AsyncIterator[FakeMonobank]:
    async with running_monobank() as monobank:
        yield monobank


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def acquirer(monobank: FakeMonobank, seconds: Seconds) -> AsyncIterator[MonobankAcquirer]:
    headers = {"X-Token": TOKEN}
    async with httpx.AsyncClient(base_url=monobank.server.url, headers=headers) as http:
        yield MonobankAcquirer(http, longest_call=0.5, seconds=seconds)
