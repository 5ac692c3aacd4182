"""A hundred people sign in at once (security.md A2)."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL

from tests.factories.people import PASSWORD, sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock
from tests.faults.cabinets import Keys, cabinet_over

TICK = 0.005
FROZEN = 0.1
"""Seconds. A hash alone takes 0.02: a loop that hashed itself would stand still for two."""


@asynccontextmanager
async def lags() -> AsyncIterator[list[float]]:
    """Collect by how much the event loop wakes a sleeper late."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(TICK)
            late.append(time.monotonic() - before - TICK)

    ticking = asyncio.create_task(tick())
    yield late
    ticking.cancel()


def p99(late: list[float]) -> float:
    return sorted(late)[len(late) * 99 // 100]


async def test_the_loop_runs_on_and_who_is_too_many_is_told(
    url: URL, clock: FrozenClock, keys: Keys
) -> None:
    async with cabinet_over(url, clock=clock, keys=keys) as cabinet:
        company = await create_company(cabinet.database)
        owner = await sign_in(
            cabinet.database,
            keys.access_tokens,
            company,
            password_hash=await keys.passwords.hash(PASSWORD),
        )
        async with lags() as idle:
            await asyncio.sleep(0.3)  # how late a machine as busy as this one is by itself
        async with lags() as late:
            answers = await asyncio.gather(
                *(
                    cabinet.client.post(
                        "/v1/sessions",
                        json={
                            "phone": owner.member.phone,
                            "password": PASSWORD if number % 2 else "Wrong-one-1",
                        },
                    )
                    for number in range(100)
                )
            )

    statuses = Counter(int(each.status_code) for each in answers)
    assert statuses.keys() <= {201, 401, 503}
    assert min(statuses[201], statuses[401]) > 0
    refused = [each for each in answers if each.status_code == 503]
    assert {each.json()["code"] for each in refused} <= {"busy"}
    assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
    assert p99(late) < FROZEN + 3 * p99(idle)
