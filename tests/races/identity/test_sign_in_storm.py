"""A hundred sign-ins at once freeze nobody else: security.md A2, with its numbers."""

import asyncio
import time
from collections import Counter

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.errors import Busy
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_company

pytestmark = pytest.mark.committing

SIGN_INS = 100
TICK = 0.002
LOOP_LAG_MS = 20
OTHERS_MS = 100


@pytest.fixture
def passwords(strong_passwords: PasswordHasher) -> PasswordHasher:
    return strong_passwords


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


@pytest.fixture
async def somebody_else(database: Database, access_tokens: AccessTokens) -> SignedIn:
    """Return a member of another company; the storm's own sessions end beyond the tenth."""
    return await sign_in(database, access_tokens, await create_company(database))


async def enter(client: AsyncClient, company: Company) -> Response:
    body = {"account_number": company.account.account_number, "password": PASSWORD}
    return await client.post("/v1/sessions", json=body)


async def storm(client: AsyncClient, company: Company) -> Counter[int]:
    answers = await asyncio.gather(*(enter(client, company) for _ in range(SIGN_INS)))
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()["code"] == "busy"
            assert int(answer.headers["retry-after"]) >= 1
    return Counter(answer.status_code for answer in answers)


def p99(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[int(len(milliseconds) * 0.99)]


@pytest.mark.usefixtures("owner")
async def test_in_a_storm_sign_ins_succeed_or_are_told_to_come_back(
    client: AsyncClient, company: Company
) -> None:
    statuses = await storm(client, company)

    assert statuses.keys() <= {201, 503}
    assert statuses[201] > 0


async def test_beyond_the_queue_nothing_is_hashed() -> None:
    hasher = PasswordHasher(threads=1, queue_per_thread=1)
    try:
        answers = await asyncio.gather(
            *(hasher.verify(PASSWORD, None) for _ in range(10)), return_exceptions=True
        )
        assert [answer for answer in answers if not isinstance(answer, Busy)] == [False] * 2
        assert all(
            answer.facts["retry_after"] >= 1 for answer in answers if isinstance(answer, Busy)
        )
        assert await hasher.verify(PASSWORD, None) is False, "the room is free again"
    finally:
        hasher.close()


@pytest.mark.slow
@pytest.mark.usefixtures("owner")
async def test_in_a_storm_the_loop_and_everybody_else_stay_quick(
    client: AsyncClient, company: Company, somebody_else: SignedIn
) -> None:
    lags: list[float] = []
    others: list[float] = []
    is_over = asyncio.Event()

    async def watch_the_loop() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            lags.append((time.perf_counter() - began - TICK) * 1000)

    async def look_at_me() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            assert (await client.get("/v1/me", headers=somebody_else.headers)).status_code == 200
            others.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.005)

    async def rage() -> None:
        for _ in range(3):
            await storm(client, company)
        is_over.set()

    await client.get("/v1/me", headers=somebody_else.headers)
    await asyncio.gather(watch_the_loop(), look_at_me(), rage())

    assert len(others) > 100
    assert p99(others) < OTHERS_MS
    assert p99(lags) < LOOP_LAG_MS
