import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.database import Database
from tests.registry.conftest import Load, Rows
from tests.registry.exports import Export

pytestmark = pytest.mark.committing

MARCH = (
    "SELECT version, value, source, kind, status, supersedes IS NOT NULL AS supersedes "
    "FROM readings WHERE period = '2026-03-01' ORDER BY version"
)


def reading(version: int, value: str, *, status: str = "accepted", **more: object) -> object:
    honest = {"source": "operator", "kind": "actual", "supersedes": False}
    return {"version": version, "value": Decimal(value), "status": status} | honest | more


def corrected(value: str = "201") -> Export:
    return Export().put("readings", 1, "value", value)


async def test_another_value_supersedes_and_the_first_stays(load: Load, rows: Rows) -> None:
    await load(Export())

    summary = await load(corrected())

    assert (summary.files[-1].changed, summary.files[-1].same) == (1, 1)
    assert await rows(MARCH) == [
        reading(1, "200.5", status="superseded"),
        reading(2, "201", supersedes=True),
    ]
    [link] = await rows(
        "SELECT f.id = s.supersedes AS is_linked FROM readings f, readings s "
        "WHERE f.version = 1 AND f.period = '2026-03-01' AND s.version = 2"
    )
    assert link == {"is_linked": True}


async def test_an_actual_reading_supersedes_an_estimate_of_the_same_value(
    load: Load, rows: Rows
) -> None:
    await load(Export().put("readings", 1, "kind", "estimated"))

    summary = await load(Export())

    assert summary.files[-1].changed == 1
    assert await rows(MARCH) == [
        reading(1, "200.5", kind="estimated", status="superseded"),
        reading(2, "200.5", supersedes=True),
    ]


async def test_a_correction_loaded_again_is_the_same(load: Load, rows: Rows) -> None:
    await load(Export())
    await load(corrected())

    summary = await load(corrected())

    assert (summary.files[-1].same, summary.files[-1].changed) == (2, 0)
    assert len(await rows(MARCH)) == 2


@pytest.mark.parametrize("source", ["cabinet", "api", "import"])
@pytest.mark.parametrize("status", ["accepted", "in_review"])
async def test_a_customers_reading_is_kept(
    load: Load, rows: Rows, source: str, status: str
) -> None:
    await load(Export())
    await rows(
        "UPDATE readings SET source = :source, status = :status "
        "WHERE period = '2026-03-01' RETURNING 1",
        source=source,
        status=status,
    )

    summary = await load(corrected())

    last = summary.files[-1]
    assert (last.kept, last.changed, last.same, last.refused) == (1, 0, 1, 0)
    assert await rows(MARCH) == [reading(1, "200.5", source=source, status=status)]


async def test_a_customers_reading_of_the_same_value_is_the_same(load: Load) -> None:
    export = Export().put("readings", 1, "source", "cabinet")
    await load(export)

    summary = await load(export)

    assert (summary.files[-1].kept, summary.files[-1].same) == (0, 2)


async def test_a_rejected_reading_stands_in_nobodys_way(load: Load, rows: Rows) -> None:
    await load(Export())
    await rows("UPDATE readings SET status = 'rejected' RETURNING 1")

    summary = await load(corrected())

    assert summary.files[-1].added == 2
    assert await rows(MARCH) == [reading(1, "200.5", status="rejected"), reading(2, "201")]


async def test_what_a_customer_submits_during_the_load_is_kept(
    load: Load, rows: Rows, database: Database
) -> None:
    everything_but_readings = Export()
    everything_but_readings.rows["readings"] = []
    await load(everything_but_readings)

    async with database.begin() as session:
        await session.execute(SUBMITTED)
        loading = asyncio.ensure_future(load(Export()))
        await until_something_waits(rows)
    summary = await loading

    last = summary.files[-1]
    assert (last.added, last.kept) == (1, 1)
    assert await rows(MARCH) == [reading(1, "205", source="cabinet")]


SUBMITTED = text("""
INSERT INTO readings (organization_id, register_id, period, version, id, value, taken_at,
                      submitted_at, source, kind, status, findings)
SELECT organization_id, id, '2026-03-01', 1, gen_random_uuid(), 205, now(), now(), 'cabinet',
       'actual', 'accepted', '{}'
  FROM registers
""")


async def until_something_waits(rows: Rows) -> None:
    async with asyncio.timeout(10):
        while not await rows("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - PostgreSQL has no event for it
            await asyncio.sleep(0.01)
