"""More work than the database bears, and clients who leave in the middle (security.md R6)."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest
from httpx import Response
from sqlalchemy import URL, text

from app.database import POOL_SIZE
from app.errors import Busy
from app.security.passwords import PasswordHasher
from tests.fakes.clock import FrozenClock
from tests.faults.cabinets import Cabinet, Keys, cabinet_over
from tests.faults.traffic import Writer, hire_writers

SLOW = text("SELECT pg_sleep(0.02)")


@pytest.fixture
async def cabinet(url: URL, clock: FrozenClock, keys: Keys) -> AsyncIterator[Cabinet]:
    async with cabinet_over(url, clock=clock, keys=keys) as cabinet:
        yield cabinet


@pytest.fixture
async def writer(cabinet: Cabinet, keys: Keys) -> Writer:
    return (await hire_writers(cabinet.database, keys.access_tokens, count=1))[0]


def is_busy(response: Response) -> bool:
    return (
        response.status_code == 503
        and response.json()["code"] == "busy"
        and response.headers["content-type"] == "application/problem+json"
        and int(response.headers["retry-after"]) >= 1
    )


async def until_quiet(cabinet: Cabinet) -> None:
    async with asyncio.timeout(5):
        while cabinet.connections_in_use:  # noqa: ASYNC110 - the pool tells nobody
            await asyncio.sleep(0.01)


async def test_who_finds_no_place_within_a_second_is_told_to_come_back(
    cabinet: Cabinet, writer: Writer
) -> None:
    async with AsyncExitStack() as holding:
        for _ in range(POOL_SIZE):
            await holding.enter_async_context(cabinet.database.connect())
        started = time.monotonic()
        refused = [asyncio.create_task(writer.look(cabinet.client)) for _ in range(50)]
        await asyncio.sleep(0)
        live = await cabinet.client.get("/health/live")
        answered_before = [each for each in refused if each.done()]
        answers = await asyncio.gather(*refused)
        waited = time.monotonic() - started

    assert [each for each in answers if not is_busy(each)] == []
    assert 1.0 <= waited < 3.0
    # Not seconds but the order: whoever needs no place is answered before those who wait for one.
    assert (live.status_code, answered_before) == (200, [])
    assert (await writer.look(cabinet.client)).status_code == 200


async def test_a_busy_process_is_ready_and_its_neighbours_are_spared(
    cabinet: Cabinet, writer: Writer
) -> None:
    async with AsyncExitStack() as holding:
        for _ in range(POOL_SIZE):
            await holding.enter_async_context(cabinet.database.connect())
        waiting = asyncio.create_task(writer.look(cabinet.client))
        await asyncio.sleep(0)
        ready = await cabinet.client.get("/health/ready")
        is_first = not waiting.done()
        refused = await waiting

    assert (ready.status_code, is_first) == (200, True)
    assert is_busy(refused)


async def test_a_flood_is_answered_to_the_last_request(
    url: URL, clock: FrozenClock, keys: Keys
) -> None:
    async with cabinet_over(url, clock=clock, keys=keys, places=2) as cabinet:
        [writer] = await hire_writers(cabinet.database, keys.access_tokens, count=1)
        stop = asyncio.Event()

        async def occupy() -> None:
            while not stop.is_set():
                # The others wait in the same line, and may be sent away like anybody.
                with suppress(Busy):
                    async with cabinet.database.connect() as connection:
                        await connection.execute(SLOW)

        async with asyncio.TaskGroup() as others:
            for _ in range(20):
                others.create_task(occupy())
            answers = await asyncio.gather(*(writer.look(cabinet.client) for _ in range(400)))
            stop.set()

        assert [each for each in answers if each.status_code != 200 and not is_busy(each)] == []
        assert (await writer.look(cabinet.client)).status_code == 200
        assert cabinet.connections_in_use == 0


async def test_a_request_that_is_cancelled_gives_its_place_and_its_connection_back(
    cabinet: Cabinet, writer: Writer
) -> None:
    chance = random.Random(1)  # noqa: S311 - moments to cancel at, the same in every run

    async def leave_early() -> None:
        step = chance.choice(writer.steps)
        request = asyncio.create_task(step(cabinet.client))
        await asyncio.wait([request], timeout=chance.uniform(0, 0.06))
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)

    for _ in range(12):
        await asyncio.gather(*(leave_early() for _ in range(20)))

    await until_quiet(cabinet)
    async with AsyncExitStack() as holding, asyncio.timeout(5):
        for _ in range(POOL_SIZE):
            connection = await holding.enter_async_context(cabinet.database.connect())
            assert await connection.scalar(text("SELECT 1")) == 1
    # The value may be that of the last request that came through: then nothing new is kept.
    assert (await writer.submit(cabinet.client)).is_success


async def test_a_sign_in_that_is_cancelled_gives_its_place_in_the_queue_back() -> None:
    hasher = PasswordHasher(threads=1, queue_per_thread=3)
    try:
        for _ in range(5):
            waiting = [asyncio.create_task(hasher.hash("Qwer123!")) for _ in range(4)]
            await asyncio.sleep(0)
            with pytest.raises(Busy):
                await hasher.hash("Qwer123!")
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        assert await hasher.verify("Qwer123!", await hasher.hash("Qwer123!"))
    finally:
        hasher.close()
