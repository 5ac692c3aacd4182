"""The worker dies at marked points of a settlement: nothing is lost, and nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import URL, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.clock import Clock, kyiv_date
from app.database import Database
from app.models.period import Period
from tests.databases import Databases
from tests.factories.registry import Company, create_company
from tests.fakes.sms_gateway import FakeSmsGateway
from tests.faults.locks import until_somebody_waits
from tests.steps.metering.settling import WINDOW, add_reading, estimates, settle_all, versions
from tests.worker.processes import until, worker_process

READ: Final = 8
"""Months that were read; the newest closed one is not among them and will be estimated."""
SETTLED: Final = text("SELECT count(DISTINCT (account_id, period)) FROM settlements")
CORRECTED: Final = text("SELECT count(*) FROM settlements WHERE version = 2")
STALE: Final = text(
    "SELECT count(*) FROM registers WHERE revision <> coalesce(settled_revision, 0)"
)

ROWS: Final = "SELECT 1 FROM registers ORDER BY id DESC LIMIT 1 FOR UPDATE"
"""Where the worker locks what it is going to settle."""
POINTS: Final = {
    "before it locks": ROWS,
    "before the versions": "LOCK TABLE settlements IN SHARE ROW EXCLUSIVE MODE",
    "before the estimates": "LOCK TABLE readings IN SHARE ROW EXCLUSIVE MODE",
    "before the registers": "LOCK TABLE settled_registers IN SHARE ROW EXCLUSIVE MODE",
    "before the points": "LOCK TABLE settled_points IN SHARE ROW EXCLUSIVE MODE",
    "before the revisions": "LOCK TABLE registers IN SHARE MODE",
}
"""What holds the worker up: everything before it is done, and nothing of it is committed."""
FAST: Final = ("before it locks", "before the versions")


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[URL]:
    async with databases.lend() as own:
        yield own.url


@pytest.fixture
async def database(url: URL) -> AsyncIterator[Database]:
    engine = create_async_engine(url, poolclass=NullPool)
    yield Database(engine)
    await engine.dispose()


def newest_closed() -> Period:
    """Return the last month whose window has closed, by the clock that the worker has."""
    now = Clock().now()
    month = Period.containing(kyiv_date(now))
    while WINDOW.window(month).closes_at > now:
        month = month.shifted(-1)
    return month


async def unread_company(database: Database) -> Company:
    first = newest_closed().shifted(-READ)
    history = {str(first.shifted(month)): f"{1000 + 100 * month}" for month in range(READ)}
    return await create_company(database, history=history)


async def count(database: Database, question: object) -> int:
    async with database.begin() as transaction:
        return await transaction.scalar(question) or 0  # type: ignore[call-overload]


@asynccontextmanager
async def held_up(database: Database, how: str) -> AsyncIterator[None]:
    async with database.begin() as transaction:
        await transaction.execute(text(how))
        yield


async def killed_at(
    point: str, url: URL, database: Database, gateway: FakeSmsGateway, log: Path
) -> None:
    async with held_up(database, point), worker_process(url, gateway, log=log) as worker:
        await until_somebody_waits(database)
        worker.kill()
        await worker.wait()


def points(names: dict[str, str]) -> list[object]:
    return [
        pytest.param(how, id=name, marks=() if name in FAST else pytest.mark.slow)
        for name, how in names.items()
    ]


@pytest.mark.parametrize("point", points(POINTS))
async def test_a_settlement_cut_off_is_done_once_by_the_next_worker(
    point: str, url: URL, database: Database, gateway: FakeSmsGateway, tmp_path: Path
) -> None:
    companies = [await unread_company(database) for _ in range(3)]
    await killed_at(point, url, database, gateway, tmp_path / "killed.log")
    # Only the newest of three months needs estimates: the worker has settled the two before.
    assert await count(database, SETTLED) == (6 if "readings" in point else 0)

    async def is_settled() -> bool:
        return await count(database, SETTLED) == 9

    async with worker_process(url, gateway, log=tmp_path / "next.log"):
        await until(is_settled)

    await assert_settled_once(database, companies)


@pytest.mark.slow
async def test_accounts_of_an_earlier_transaction_stay_settled(
    url: URL, database: Database, gateway: FakeSmsGateway, tmp_path: Path
) -> None:
    # One more than a transaction takes: the last register is of the second one.
    companies = [await unread_company(database) for _ in range(201)]
    await killed_at(ROWS, url, database, gateway, tmp_path / "killed.log")
    assert await count(database, SETTLED) == 200

    async def is_settled() -> bool:
        return await count(database, SETTLED) == 3 * 201

    async with worker_process(url, gateway, log=tmp_path / "next.log"):
        await until(is_settled)

    await assert_settled_once(database, companies)


@pytest.mark.slow
@pytest.mark.parametrize(
    "point", points({name: POINTS[name] for name in POINTS if name != "before the estimates"})
)
async def test_a_correction_cut_off_is_made_once_by_the_next_worker(
    point: str, url: URL, database: Database, gateway: FakeSmsGateway, tmp_path: Path
) -> None:
    company = await unread_company(database)
    await settle_all(database, Clock().now())
    newest = str(newest_closed())
    await add_reading(database, company, period=newest, value="1790", version=2)

    await killed_at(point, url, database, gateway, tmp_path / "killed.log")
    assert await count(database, CORRECTED) == 0

    async def is_corrected() -> bool:
        return await count(database, STALE) == 0

    async with worker_process(url, gateway, log=tmp_path / "next.log"):
        await until(is_corrected)

    _estimated, corrected = (await versions(database, company))[newest]
    assert (corrected["amount"], corrected["is_estimated"]) == (90, False)


async def test_two_workers_at_once_settle_each_period_once(
    url: URL, database: Database, gateway: FakeSmsGateway, tmp_path: Path
) -> None:
    companies = [await unread_company(database) for _ in range(5)]

    async def is_settled() -> bool:
        return await count(database, SETTLED) == 15

    async with (
        worker_process(url, gateway, log=tmp_path / "one.log"),
        worker_process(url, gateway, log=tmp_path / "two.log"),
    ):
        await until(is_settled)
        await asyncio.sleep(0.5)  # both would have done it again by now

    await assert_settled_once(database, companies)


async def assert_settled_once(database: Database, companies: list[Company]) -> None:
    """Look at every account, and again after whoever comes last has looked at all of them."""
    for _ in range(2):
        found = [await versions(database, company) for company in companies]
        assert all(len(each) == 1 for versions in found for each in versions.values())
        assert [list(each) for each in found] == [
            [str(newest_closed().shifted(-back)) for back in (2, 1, 0)]
        ] * len(companies)
        assert all(each == found[0] for each in found)
        written = [await estimates(database, company) for company in companies]
        assert [len(each) for each in written] == [1] * len(companies)
        assert await count(database, STALE) == 0
        await settle_all(database, Clock().now())
