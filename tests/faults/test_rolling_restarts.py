"""SIGTERM under load: nobody notices (security.md R9)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL
from typing_extensions import override

from app.database import Database
from tests.faults.cabinets import Keys
from tests.faults.locks import corrections_held_up, until_somebody_waits
from tests.faults.processes import PATIENCE, Api, configuration, running_api
from tests.faults.traffic import LONGEST_ANSWER, hire_members, traffic, until_answered
from tests.rounds import few_or_many
from tests.worker.processes import until

LOOKS_EVERY = 0.1
"""Seconds between two looks of the balancer at a process."""
DRAIN = "1.5"
"""Seconds; on a busy machine a balancer's look comes late."""


class Balancer(httpx.AsyncBaseTransport):
    """Sends each request to the next process that says it is ready, and repeats none."""

    def __init__(self, apis: list[Api]) -> None:
        self._apis = apis
        self._ready: set[int] = set()
        self._turn = 0
        self._way = httpx.AsyncHTTPTransport()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        ready = sorted(self._ready)
        self._turn += 1
        request.url = request.url.copy_with(port=ready[self._turn % len(ready)])
        return await self._way.handle_async_request(request)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            looks = [tasks.create_task(self._look_at(api)) for api in self._apis]
            await until(self._all_are_ready)
            yield
            for look in looks:
                look.cancel()

    @override
    async def aclose(self) -> None:
        await self._way.aclose()

    async def _all_are_ready(self) -> bool:
        return len(self._ready) == len(self._apis)

    async def _look_at(self, api: Api) -> None:
        async with httpx.AsyncClient() as client:
            while True:
                if await api.readiness(client) == 200:
                    self._ready.add(api.port)
                else:
                    self._ready.discard(api.port)
                await asyncio.sleep(LOOKS_EVERY)


@pytest.mark.parametrize("restarts", few_or_many(2, 20))
async def test_rolling_restarts_under_load_cost_nobody_a_request(
    url: URL, keys: Keys, database: Database, tmp_path: Path, restarts: int
) -> None:
    settings = configuration(url, drain_seconds=DRAIN)
    async with AsyncExitStack() as stack:
        apis = [
            await stack.enter_async_context(running_api(settings, tmp_path / f"{number}.log"))
            for number in range(2)
        ]
        balancer = Balancer(apis)
        client = httpx.AsyncClient(transport=balancer, base_url="http://127.0.0.1")
        await stack.enter_async_context(client)
        await stack.enter_async_context(balancer.looking())
        members = await hire_members(database, keys.passwords, client, count=4)

        async with traffic(client, members, reading_too=True) as journal:
            for number in range(restarts):
                await until_answered(journal, more=20)
                assert await last_word_of(apis[number % 2]) == 503
                await until_answered(journal, more=20)
                await apis[number % 2].start()

    assert journal.refusals == []
    assert journal.slowest < LONGEST_ANSWER


async def last_word_of(api: Api) -> int:
    """Tell a process to stop; return what it says last about being ready."""
    seen = []
    async with httpx.AsyncClient() as client:
        api.send(signal.SIGTERM)
        ended = asyncio.ensure_future(api.ended())
        while not ended.done():
            seen.append(await api.readiness(client))
            await asyncio.sleep(0.01)
    assert await ended in {0, -signal.SIGTERM}
    # The signal takes a moment to arrive; in the end nobody listens.
    return [said for said in seen if said is not None][-1]


async def test_a_request_under_way_is_finished_and_its_connection_closed(
    url: URL, keys: Keys, database: Database, tmp_path: Path
) -> None:
    settings = configuration(url, drain_seconds="0.2")
    async with (
        running_api(settings, tmp_path / "api.log") as api,
        httpx.AsyncClient(base_url=api.url, timeout=PATIENCE) as client,
    ):
        [member] = await hire_members(database, keys.passwords, client, count=1)
        await member.submit(client)
        async with corrections_held_up(database):
            under_way = asyncio.create_task(member.submit(client))
            await until_somebody_waits(database)
            api.send(signal.SIGTERM)
            await until_nobody_listens(api)
        answer = await under_way
        await api.ended()

    assert (answer.status_code, answer.headers["connection"]) == (201, "close")


async def until_nobody_listens(api: Api) -> None:
    async with httpx.AsyncClient() as client:

        async def is_so() -> bool:
            return await api.readiness(client) is None

        await until(is_so)
