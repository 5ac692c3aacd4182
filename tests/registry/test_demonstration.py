import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.database import Database
from app.sandbox.demonstration import (
    companies_to_try,
    demonstration_companies,
    ensure_loaded,
    shifted,
    write_shifted,
)
from tests.fakes.clock import FrozenClock
from tests.registry.conftest import Rows

pytestmark = pytest.mark.committing


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as transaction:
        bind = await transaction.connection()
    return bind.engine.url.render_as_string(hide_password=False)


async def test_the_first_start_brings_readings_of_this_month(url: str, rows: Rows) -> None:
    # In Kyiv it is already March.
    clock = FrozenClock(datetime(2028, 2, 29, 22, 30, tzinfo=UTC))

    assert await ensure_loaded(url, clock=clock)

    [newest] = await rows("SELECT max(period) AS period, count(*) AS readings FROM readings")
    assert newest == {"period": date(2028, 2, 1), "readings": 1856}
    assert not await ensure_loaded(url, clock=clock)


async def test_there_are_companies_to_sign_up(url: str, database: Database, rows: Rows) -> None:
    await ensure_loaded(url)

    companies = await companies_to_try(url)

    assert len(companies) == 3
    first = companies[0]
    [found] = await rows(
        "SELECT o.name, o.phone_on_file, o.tax_id FROM organizations o JOIN accounts a "
        "ON a.organization_id = o.id WHERE a.account_number = :number",
        number=first.account_number,
    )
    assert tuple(found.values()) == (first.name, first.phone, first.tax_id)
    shown = await demonstration_companies(database)
    assert len(shown) == 12
    assert sum(company.phone is None for company in shown) == 1
    assert sum(len(company.account_numbers) for company in shown) == 20


async def test_who_has_registered_is_not_offered_again(url: str, rows: Rows) -> None:
    await ensure_loaded(url)
    first, *_ = await companies_to_try(url)

    await rows(
        "UPDATE organizations SET registered_at = now() WHERE tax_id = :tax_id RETURNING 1",
        tax_id=first.tax_id,
    )

    assert first not in await companies_to_try(url, limit=20)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 1), -11, date(2025, 12, 1)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_a_day_moves_by_whole_months(day: date, months: int, expected: date) -> None:
    assert shifted(day, months) == expected


def test_all_dates_move_together(tmp_path: Path) -> None:
    write_shifted(tmp_path, today=date(2027, 1, 20))

    with (tmp_path / "meters.csv").open(encoding="utf-8", newline="") as file:
        replaced = {row["serial_number"]: row for row in csv.DictReader(file)}["07102084"]
    assert replaced["installed_on"] == "2025-03-01"
    assert replaced["removed_on"] == "2026-02-01"
    assert replaced["verification_due_on"] == "2029-08-30"


async def test_it_begins_with_twelve_settled_months_of_each_account(url: str, rows: Rows) -> None:
    await ensure_loaded(url, clock=FrozenClock(datetime(2026, 12, 10, tzinfo=UTC)))

    settled = await rows(
        "SELECT a.account_number, count(*) AS months, min(s.period) AS first,"
        " max(s.period) AS last, max(s.version) AS newest FROM accounts a JOIN settlements s"
        " ON s.organization_id = a.organization_id AND s.account_id = a.id GROUP BY 1"
    )
    assert len(settled) == 20
    assert {(each["months"], each["first"], each["last"], each["newest"]) for each in settled} == {
        (12, date(2025, 12, 1), date(2026, 11, 1), 1)
    }
