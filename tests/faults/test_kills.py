"""The API dies at every point of a request that may be repeated (security.md R3)."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, func, select, text

from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.idempotency_key import IdempotencyKey
from app.models.metering.actions import MeteringAction
from app.models.metering.reading import Reading
from app.models.metering.reading_receipt import ReadingReceipt
from tests.faults.cabinets import Keys
from tests.faults.locks import corrections_held_up, end_who_waits, until_somebody_waits
from tests.faults.processes import PATIENCE, Api, configuration, running_api
from tests.faults.traffic import Writer, hire_members
from tests.rounds import few_or_many
from tests.worker.processes import until

SIXTY_SECONDS_PASS = text("UPDATE idempotency_keys SET claimed_at = claimed_at - interval '60 s'")


@pytest.fixture
async def api(url: URL, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(configuration(url), tmp_path / "api.log") as api:
        yield api


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
async def member(database: Database, keys: Keys, client: httpx.AsyncClient) -> Writer:
    """Somebody who has handed in a reading already, and now corrects it."""
    [member] = await hire_members(database, keys.passwords, client, count=1)
    assert (await member.submit(client)).status_code == 201
    return member


async def hand_in(client: httpx.AsyncClient, member: Writer, key: str) -> httpx.Response:
    reading = {"register_id": str(member.company.register.id), "value": f"{2000 + len(key)}"}
    return await client.post(
        f"/v1/accounts/{member.company.account.id}/readings",
        json={"readings": [reading]},
        headers=member.owner.headers | {"Idempotency-Key": key},
    )


async def count(database: Database, table: type) -> int:
    async with database.begin() as transaction:
        return await transaction.scalar(select(func.count()).select_from(table)) or 0


async def effects(database: Database) -> tuple[int, int, int]:
    """Return how many readings, receipts and audit events of readings there are."""
    async with database.begin() as transaction:
        audited = select(func.count()).where(AuditEvent.action == MeteringAction.READINGS_SUBMITTED)
        events = await transaction.scalar(audited) or 0
    return await count(database, Reading), await count(database, ReadingReceipt), events


async def let_the_lease_lapse(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.execute(SIXTY_SECONDS_PASS)


async def test_killed_between_the_claim_and_the_effect_nothing_has_happened_until_the_retry(
    api: Api, client: httpx.AsyncClient, member: Writer, database: Database
) -> None:
    async with corrections_held_up(database):
        dying = asyncio.create_task(hand_in(client, member, "k"))
        await until_somebody_waits(database)
        await api.kill()
        await end_who_waits(database)
    with pytest.raises(httpx.TransportError):
        await dying
    assert (await count(database, IdempotencyKey), await effects(database)) == (1, (1, 1, 1))

    await api.start()
    early = await hand_in(client, member, "k")
    await let_the_lease_lapse(database)
    retried = await hand_in(client, member, "k")

    assert (early.status_code, early.json()["code"]) == (409, "idempotency_in_progress")
    assert (retried.status_code, "idempotency-replayed" in retried.headers) == (201, False)
    assert await effects(database) == (2, 2, 2)


async def test_killed_after_the_commit_and_before_the_answer_the_retry_gets_the_answer(
    api: Api, client: httpx.AsyncClient, member: Writer, database: Database
) -> None:
    async with corrections_held_up(database):
        dying = asyncio.create_task(hand_in(client, member, "k"))
        await until_somebody_waits(database)
        # Stopped, it cannot answer, while PostgreSQL goes on with what it was asked.
        api.send(signal.SIGSTOP)

    async def is_committed() -> bool:
        return await count(database, Reading) == 2

    await until(is_committed)
    await api.kill()
    with pytest.raises(httpx.TransportError):
        await dying

    await api.start()
    retried = await hand_in(client, member, "k")

    assert (retried.status_code, retried.headers["idempotency-replayed"]) == (201, "true")
    assert await effects(database) == (2, 2, 2)
    async with database.begin() as transaction:
        newest = select(Reading).where(Reading.version == 2)
        reading = (await transaction.scalars(newest)).one()
    assert retried.json()["items"][0]["id"] == str(reading.id)


@pytest.mark.parametrize("kills", few_or_many(1, 30))
async def test_killed_anywhere_a_retried_request_is_applied_once(
    api: Api, client: httpx.AsyncClient, member: Writer, database: Database, kills: int
) -> None:
    chance = random.Random(kills)  # noqa: S311 - moments to kill at
    for number in range(1, kills + 1):
        dying = asyncio.create_task(hand_in(client, member, "k" * number))
        await asyncio.wait([dying], timeout=chance.uniform(0, 0.03))
        await api.kill()
        with suppress(httpx.TransportError):
            await dying
        await api.start()
        await let_the_lease_lapse(database)

        answer = await hand_in(client, member, "k" * number)

        assert answer.status_code == 201
        assert await effects(database) == (number + 1, number + 1, number + 1)
