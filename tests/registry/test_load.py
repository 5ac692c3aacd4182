import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.database import Database
from app.identifiers import AccountNumbers
from app.sandbox.demonstration import REGISTER
from app.services.registry.load import RegistryService, Summary
from tests.fakes.clock import FrozenClock
from tests.registry.conftest import Load, Rows
from tests.registry.exports import ACCOUNT, EIC, OTHER_ACCOUNT, Export

pytestmark = pytest.mark.committing

READINGS = "SELECT * FROM readings ORDER BY period, version"


def counts(summary: Summary) -> dict[str, tuple[int, ...]]:
    """Added, changed, same, kept and refused of the files where anything but `same` happened."""
    return {
        of.file: (of.added, of.changed, of.same, of.kept, of.refused)
        for of in summary.files
        if of.added or of.changed or of.kept or of.refused
    }


async def test_an_export_becomes_the_register(load: Load, rows: Rows) -> None:
    summary = await load(Export())

    assert counts(summary) == {
        "organizations.csv": (1, 0, 0, 0, 0),
        "accounts.csv": (1, 0, 0, 0, 0),
        "metering_points.csv": (1, 0, 0, 0, 0),
        "meters.csv": (1, 0, 0, 0, 0),
        "registers.csv": (1, 0, 0, 0, 0),
        "readings.csv": (2, 0, 0, 0, 0),
    }
    [found] = await rows("""
        SELECT tax_id, name, phone_on_file, registered_at, account_number, contract_date, eic,
               allowed_power_kw, serial_number, installed_on, removed_on, is_remote, code, digits,
               multiplier
          FROM organizations o
          JOIN accounts a ON a.organization_id = o.id
          JOIN metering_points p ON (p.organization_id, p.account_id) = (o.id, a.id)
          JOIN meters m ON (m.organization_id, m.metering_point_id) = (o.id, p.id)
          JOIN registers r ON (r.organization_id, r.meter_id) = (o.id, m.id)
    """)
    assert found == {
        "tax_id": "03349223",
        "name": "ТОВ «М'ясокомбінат «Дарниця-Плюс»»",
        "phone_on_file": "+380671234567",
        "registered_at": None,
        "account_number": "0000006604",
        "contract_date": date(2021, 8, 22),
        "eic": EIC,
        "allowed_power_kw": Decimal("40.5"),
        "serial_number": "07100000",
        "installed_on": date(2025, 1, 1),
        "removed_on": None,
        "is_remote": False,
        "code": "1.8.0",
        "digits": 5,
        "multiplier": 40,
    }


async def test_a_reading_is_of_the_midnight_in_kyiv_that_ends_its_month(
    load: Load, rows: Rows
) -> None:
    await load(Export())

    # Between these two midnights the clocks went forward.
    winter, summer = await rows(READINGS)
    assert winter["period"] == date(2026, 2, 1)
    assert winter["taken_at"] == datetime(2026, 2, 28, 22, tzinfo=UTC)
    assert summer["period"] == date(2026, 3, 1)
    assert summer["taken_at"] == summer["submitted_at"] == datetime(2026, 3, 31, 21, tzinfo=UTC)
    del winter["id"], winter["organization_id"], winter["register_id"], winter["change"]
    assert winter == {
        "read_on": date(2026, 3, 1),
        "period": date(2026, 2, 1),
        "event": "periodic",
        "version": 1,
        "value": Decimal("100.25"),
        "taken_at": datetime(2026, 2, 28, 22, tzinfo=UTC),
        "submitted_at": datetime(2026, 2, 28, 22, tzinfo=UTC),
        "submitted_by": None,
        "submitting_organization_id": None,
        "source": "operator",
        "kind": "actual",
        "estimate_method": None,
        "review_outcome": None,
        "review_reason": None,
        "reviewed_at": None,
        "status": "accepted",
        "findings": [],
        "supersedes": None,
        "receipt_id": None,
    }


async def test_the_same_export_again_changes_nothing(registry: RegistryService, rows: Rows) -> None:
    steps: list[tuple[str, int, int]] = []

    def progress(step: str, done: int, total: int) -> None:
        steps.append((step, done, total))

    first = await registry.load(REGISTER, skip_bad=False, progress=progress)
    before = await rows("SELECT * FROM readings ORDER BY id")
    again = await registry.load(REGISTER, skip_bad=False, progress=progress)

    assert sum(of.added for of in first.files) == 2023
    assert counts(again) == {}
    assert sum(of.same for of in again.files) == 2023
    assert await rows("SELECT * FROM readings ORDER BY id") == before
    size = sum(path.stat().st_size for path in REGISTER.glob("*.csv"))
    assert steps[-1] == ("merging readings.csv", size, size)
    assert ("reading", size, size) in steps


async def test_names_keep_their_quotes_and_lose_only_line_breaks(load: Load, rows: Rows) -> None:
    export = Export().put("organizations", 0, "name", ' ТОВ "Логістик, Хаб" і\r\nсини ')

    await load(export)

    assert await rows("SELECT name FROM organizations") == [{"name": 'ТОВ "Логістик, Хаб" і сини'}]


async def test_columns_may_come_in_any_order_and_behind_a_byte_order_mark(
    load: Load, registry: RegistryService, rows: Rows, tmp_path: Path
) -> None:
    await load(Export())
    (tmp_path / "organizations.csv").write_bytes(
        "phone,tax_id,name\r\n,03349223,Інша назва\r\n\r\n".encode("utf-8-sig")
    )

    summary = await registry.load(tmp_path, skip_bad=False, progress=lambda *_: None)

    assert counts(summary) == {"organizations.csv": (0, 1, 0, 0, 0)}
    assert await rows("SELECT name, phone_on_file FROM organizations") == [
        {"name": "Інша назва", "phone_on_file": None}
    ]


async def test_what_differs_is_changed_and_what_is_not_named_stays(load: Load, rows: Rows) -> None:
    await load(Export().add_company())
    export = Export()
    export.put("accounts", 0, "contract_number", "")
    export.put("metering_points", 0, "allowed_power_kw", "41")
    export.put("meters", 0, "removed_on", "2026-04-01")

    summary = await load(export)

    assert counts(summary) == {
        "accounts.csv": (0, 1, 0, 0, 0),
        "metering_points.csv": (0, 1, 0, 0, 0),
        "meters.csv": (0, 1, 0, 0, 0),
    }
    accounts = await rows(
        "SELECT account_number, contract_number FROM accounts ORDER BY account_number"
    )
    assert accounts == [
        {"account_number": ACCOUNT, "contract_number": None},
        {"account_number": OTHER_ACCOUNT, "contract_number": None},
    ]
    assert len(await rows(READINGS)) == 3


async def test_what_the_cabinet_knows_of_a_company_stays(load: Load, rows: Rows) -> None:
    await load(Export())
    registered = await rows(
        "UPDATE organizations SET registered_at = '2026-01-01Z', ownership_proven_at = "
        "'2026-01-02Z' RETURNING registered_at, ownership_proven_at"
    )

    await load(Export().put("organizations", 0, "name", "Нова назва"))

    found = await rows("SELECT registered_at, ownership_proven_at FROM organizations")
    assert found == registered


async def test_references_may_be_to_what_was_loaded_before(load: Load, rows: Rows) -> None:
    await load(Export())
    export = Export(rows={file: [] for file in Export().rows})
    export.add("readings", "07100000", "1.8.0", "2026-05-01", "300", "estimated", "legacy")

    summary = await load(export)

    assert counts(summary) == {"readings.csv": (1, 0, 0, 0, 0)}
    assert len(await rows(READINGS)) == 3


async def test_loads_wait_for_each_other(server_load: Load, rows: Rows) -> None:
    summaries = await asyncio.gather(*(server_load(Export()) for _ in range(3)))

    assert sorted(sum(of.added for of in summary.files) for summary in summaries) == [0, 0, 7]
    assert await rows("SELECT count(*) FROM organizations") == [{"count": 1}]


@pytest.fixture
def server_load(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load an export from a directory of its own, so that several may run at once."""

    async def load_export(export: Export) -> Summary:
        service = RegistryService(
            database=database, clock=FrozenClock(), account_numbers=AccountNumbers(r"\d{10}")
        )
        directory = export.write(tmp_path_factory.mktemp("export"))
        return await service.load(directory, skip_bad=False, progress=lambda *_: None)

    return load_export
