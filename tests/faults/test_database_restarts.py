"""PostgreSQL dies, stops and falls silent under load (security.md R4, R5)."""

import asyncio

import pytest
from httpx import Response
from sqlalchemy import text

from app.database import LONGEST_SILENCE, POOL_SIZE, Database
from app.errors import Unavailable
from app.security.access_tokens import AccessTokens
from tests.faults.cabinets import Cabinet
from tests.faults.postgres import Postgres
from tests.faults.traffic import (
    LONGEST_ANSWER,
    hire_writers,
    traffic,
    until_answered,
    until_refused,
)
from tests.rounds import few_or_many
from tests.worker.processes import until

WRITERS = 12
SECONDS_TO_RECOVER = 5.0
TWO_SECONDS = text("SET LOCAL statement_timeout = 2000")
ENDLESS = text("SELECT count(*) FROM generate_series(1, 99999) a, generate_series(1, 99999) b")
COMPUTING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
    " AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
)


LONGEST_HANG = LONGEST_SILENCE + 7.0
"""Seconds: the silence itself, closing a connection that does not react, opening another."""


def is_proper_refusal(response: Response) -> bool:
    return (
        response.status_code == 503
        and response.headers["content-type"] == "application/problem+json"
        and int(response.headers["retry-after"]) >= 1
        and response.json()["code"] in {"database_unavailable", "busy"}
    )


@pytest.mark.parametrize("kills", few_or_many(3, 50))
async def test_a_promised_reading_survives_kill_9_of_the_database(
    cabinet: Cabinet, postgres: Postgres, access_tokens: AccessTokens, kills: int
) -> None:
    # So many registers that there is always something new to promise.
    writers = await hire_writers(
        cabinet.database, access_tokens, count=WRITERS, registers=2 * kills
    )

    async with traffic(cabinet.client, writers) as journal:
        for _ in range(kills):
            await until_answered(journal, more=40)
            postgres.kill()
            await postgres.restart()
            await until_answered(journal, more=1)

    assert len(journal.promised) > 40 * kills
    assert await journal.lost(cabinet.database) == {}


@pytest.mark.parametrize("restarts", few_or_many(2, 20))
@pytest.mark.parametrize("is_killed", [False, True])
async def test_after_a_restart_the_service_is_well_again_by_itself(
    cabinet: Cabinet,
    postgres: Postgres,
    access_tokens: AccessTokens,
    restarts: int,
    *,
    is_killed: bool,
) -> None:
    writers = await hire_writers(cabinet.database, access_tokens, count=WRITERS)

    async with traffic(cabinet.client, writers, reading_too=True) as journal:
        for _ in range(restarts):
            await until_answered(journal, more=40)
            postgres.kill() if is_killed else postgres.stop()
            await postgres.restart()
            recovered = await until_answered(journal, more=40)
            assert recovered < SECONDS_TO_RECOVER

    assert [each for each in journal.refusals if not is_proper_refusal(each)] == []
    assert journal.answers[503] > 0
    assert journal.slowest < LONGEST_ANSWER


async def test_connections_that_ended_while_nobody_looked_cost_no_request(
    cabinet: Cabinet, postgres: Postgres, access_tokens: AccessTokens
) -> None:
    [writer] = await hire_writers(cabinet.database, access_tokens, count=1)
    together = await asyncio.gather(*(writer.look(cabinet.client) for _ in range(2 * POOL_SIZE)))
    assert {each.status_code for each in together} == {200}

    postgres.stop()
    await postgres.restart()

    answers = [await step(cabinet.client) for _ in range(POOL_SIZE) for step in writer.steps]
    assert {each.status_code for each in answers} == {200, 201}


async def test_a_database_that_died_with_a_statement_under_way_comes_back(
    cabinet: Cabinet, postgres: Postgres
) -> None:
    async def compute() -> None:
        async with cabinet.database.begin() as transaction:
            await transaction.execute(TWO_SECONDS)
            await transaction.execute(ENDLESS)

    computing = asyncio.create_task(compute())
    await until_it_computes(cabinet.database)

    postgres.kill_postmaster()
    await postgres.restart()

    assert isinstance((await asyncio.gather(computing, return_exceptions=True))[0], Unavailable)
    assert (await cabinet.client.get("/health/ready")).status_code == 200


async def until_it_computes(database: Database) -> None:
    async def is_so() -> bool:
        async with database.begin() as transaction:
            return bool(await transaction.scalar(COMPUTING))

    await until(is_so)


@pytest.mark.slow
async def test_a_database_that_falls_silent_makes_nobody_wait_for_ever(
    cabinet: Cabinet, postgres: Postgres, access_tokens: AccessTokens
) -> None:
    writers = await hire_writers(cabinet.database, access_tokens, count=WRITERS)

    async with traffic(cabinet.client, writers, reading_too=True) as journal:
        await until_answered(journal, more=40)
        postgres.freeze()
        try:
            await until_refused(journal, more=4 * WRITERS, patience=2 * LONGEST_HANG)
        finally:
            postgres.thaw()
        assert await until_answered(journal, more=40) < SECONDS_TO_RECOVER

    assert [each for each in journal.refusals if not is_proper_refusal(each)] == []
    assert journal.slowest < LONGEST_HANG
    assert await journal.lost(cabinet.database) == {}
