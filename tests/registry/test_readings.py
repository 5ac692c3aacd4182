import asyncio
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.database import Database
from tests.registry.conftest import Load, Rows
from tests.registry.exports import METER, Export

pytestmark = pytest.mark.committing

MARCH = (
    "SELECT version, value, source, kind, status, supersedes IS NOT NULL AS supersedes "
    "FROM readings WHERE period = '2026-03-01' ORDER BY version"
)


def reading(version: int, value: str, *, status: str = "accepted", **more: object) -> object:
    honest = {"source": "operator", "kind": "actual", "supersedes": False}
    return {"version": version, "value": Decimal(value), "status": status} | honest | more


IN_REVIEW = (
    "UPDATE readings SET source = 'cabinet', status = 'in_review' "
    "WHERE period = '2026-03-01' RETURNING 1"
)


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
async def test_a_customers_reading_is_kept(load: Load, rows: Rows, source: str) -> None:
    await load(Export())
    await rows(
        "UPDATE readings SET source = :source WHERE period = '2026-03-01' RETURNING 1",
        source=source,
    )

    summary = await load(corrected())

    last = summary.files[-1]
    assert (last.kept, last.changed, last.same, last.refused) == (1, 0, 1, 0)
    assert await rows(MARCH) == [reading(1, "200.5", source=source)]


async def test_a_customers_reading_of_the_same_value_is_the_same(load: Load) -> None:
    export = Export().put("readings", 1, "source", "cabinet")
    await load(export)

    summary = await load(export)

    assert (summary.files[-1].kept, summary.files[-1].same) == (0, 2)


@pytest.mark.parametrize("value", ["200.5", "201"])
async def test_the_operators_actual_value_supersedes_a_reading_in_review(
    load: Load, rows: Rows, value: str
) -> None:
    await load(Export())
    await rows(IN_REVIEW)

    summary = await load(corrected(value))

    assert summary.files[-1].changed == 1
    assert await rows(MARCH) == [
        reading(1, "200.5", source="cabinet", status="superseded"),
        reading(2, value, supersedes=True),
    ]


async def test_the_operators_estimate_leaves_a_reading_in_review(load: Load, rows: Rows) -> None:
    await load(Export())
    await rows(IN_REVIEW)

    summary = await load(corrected().put("readings", 1, "kind", "estimated"))

    assert summary.files[-1].kept == 1
    assert await rows(MARCH) == [reading(1, "200.5", source="cabinet", status="in_review")]


async def test_a_load_raises_the_revision_of_each_register_that_it_changes(
    load: Load, rows: Rows
) -> None:
    await load(Export().add_company())
    await load(Export().add_company().put("readings", 1, "value", "201"))
    await load(Export().add_company().put("readings", 1, "value", "201"))

    assert await rows("SELECT revision FROM registers ORDER BY revision") == [
        {"revision": 1},
        {"revision": 2},
    ]


async def test_a_meter_is_read_on_any_day(load: Load, rows: Rows) -> None:
    export = Export().put("meters", 0, "removed_on", "2026-04-15")
    export.add_column("readings", "event")
    export.add("readings", METER, "1.8.0", "2026-04-02", "210", "actual", "operator", "control")
    export.add("readings", METER, "1.8.0", "2026-04-15", "250", "actual", "operator", "removed")

    await load(export)
    again = await load(export)

    assert again.files[-1].same == 4
    assert await rows("SELECT read_on, period, event, version FROM readings ORDER BY read_on") == [
        {"read_on": read_on, "period": period, "event": event, "version": 1}
        for read_on, period, event in (
            (date(2026, 3, 1), date(2026, 2, 1), "periodic"),
            (date(2026, 4, 1), date(2026, 3, 1), "periodic"),
            (date(2026, 4, 2), date(2026, 4, 1), "control"),
            (date(2026, 4, 15), date(2026, 4, 1), "removed"),
        )
    ]


async def test_a_voltage_class_stays_where_a_file_does_not_name_it(load: Load, rows: Rows) -> None:
    export = Export().add_column("metering_points", "voltage_class")
    export.put("metering_points", 0, "voltage_class", "1")
    await load(export)
    assert await rows("SELECT voltage_class FROM metering_points") == [{"voltage_class": 1}]

    summary = await load(Export())

    assert summary.files[2].same == 1
    assert await rows("SELECT voltage_class FROM metering_points") == [{"voltage_class": 1}]


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

    async with database.begin() as transaction:
        await transaction.execute(SUBMITTED)
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
