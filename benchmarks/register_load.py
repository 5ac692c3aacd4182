"""How long a register of many readings takes to load, and how much memory: twice, then changed.

    DATABASE_URL=postgresql+asyncpg://... python benchmarks/register_load.py [READINGS ...]

Needs a migrated database without a register. Each size is loaded by a process of its own, so
that its peak memory is its own; sizes grow, and the later ones contain the earlier.
"""

import asyncio
import csv
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from stdnum.eu import eic
from stdnum.ua import edrpou

from app.clock import Clock
from app.database import Database, create_engine
from app.identifiers import AccountNumbers
from app.models.period import Period
from app.services.registry.load import RegistryService

SIZES = (100_000, 1_000_000)
MONTHS = 36
NEWEST = Period(2026, 11)
ACCOUNTS_OF_A_COMPANY = 5


def main() -> None:
    if sys.argv[1:2] == ["--load"]:
        asyncio.run(load(Path(sys.argv[2])))
        return
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    with TemporaryDirectory() as directory:
        for size in sizes:
            for title, shift in (("new", 0), ("again", 0), ("1 % changed", 1)):
                write_export(Path(directory), readings=size, shift=shift)
                print(f"{size:>9,} readings, {title:<12}", end="", flush=True)
                command = [sys.executable, __file__, "--load", directory]
                subprocess.run(command, check=True)  # noqa: S603 - ourselves


async def load(directory: Path) -> None:
    before = peak_memory()
    engine = create_engine(os.environ["DATABASE_URL"])
    service = RegistryService(
        database=Database(engine), clock=Clock(), account_numbers=AccountNumbers(r"\d{10}")
    )
    started = time.perf_counter()
    steps: dict[str, float] = {}

    def progress(step: str, _done: int, _total: int) -> None:
        steps[step] = time.perf_counter() - started

    summary = await service.load(directory, skip_bad=False, progress=progress)
    seconds = time.perf_counter() - started
    await engine.dispose()
    readings = summary.files[-1]
    rows = readings.added + readings.changed + readings.same
    print(
        f"{seconds:6.1f} s {rows / seconds:>9,.0f} rows/s  read in {steps['reading']:5.1f} s  "
        f"peak {peak_memory():4.0f} MB (idle {before:.0f})  "
        f"added {readings.added} changed {readings.changed} same {readings.same}"
    )


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_export(directory: Path, *, readings: int, shift: int) -> None:
    points = -(-readings // MONTHS)
    companies = -(-points // ACCOUNTS_OF_A_COMPANY)
    tax_ids = [tax_id(company) for company in range(companies)]
    write(
        directory / "organizations.csv",
        "tax_id,name,phone",
        ((code, f"ТОВ «Приклад {at}»", "") for at, code in enumerate(tax_ids)),
    )
    write(
        directory / "accounts.csv",
        "account_number,tax_id,address,contract_number,contract_date",
        (
            (f"{at:010}", tax_ids[at // ACCOUNTS_OF_A_COMPANY], f"вул. Садова, {at}", at, "")
            for at in range(points)
        ),
    )
    write(
        directory / "metering_points.csv",
        "eic,account_number,address,allowed_power_kw",
        ((point_code(at), f"{at:010}", f"вул. Садова, {at}", "40.5") for at in range(points)),
    )
    write(
        directory / "meters.csv",
        "serial_number,eic,model,installed_on,removed_on,verification_due_on,is_remote",
        (
            (f"{at:08}", point_code(at), "НІК 2303", "2020-01-01", "", "2030-06-30", "false")
            for at in range(points)
        ),
    )
    write(
        directory / "registers.csv",
        "meter_serial,code,energy,zone,digits,decimals,multiplier",
        ((f"{at:08}", "1.8.0", "active_import", "total", 7, 2, 40) for at in range(points)),
    )
    write(
        directory / "readings.csv",
        "meter_serial,register_code,taken_on,value,kind,source",
        reading_rows(readings, shift=shift),
    )


def reading_rows(readings: int, *, shift: int) -> Iterator[tuple[object, ...]]:
    days = [NEWEST.shifted(-month).starts_on for month in reversed(range(MONTHS))]
    for at in range(readings):
        point, month = divmod(at, MONTHS)
        moved = shift if at % 100 == 0 else 0
        value = f"{1000 + point % 977 + 1234 * month + moved}.{point % 100:02}"
        yield f"{point:08}", "1.8.0", written(days[month]), value, "actual", "operator"


def written(day: date) -> str:
    return day.isoformat()


def write(path: Path, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{header}\n")
        csv.writer(file, lineterminator="\n").writerows(rows)


def tax_id(at: int) -> str:
    base = f"{1_000_000 + at:07}"
    return base + edrpou.calc_check_digit(base + "0")


def point_code(at: int) -> str:
    base = f"62Z{at * 2 + 100:012}"
    return base + eic.calc_check_digit(base)


if __name__ == "__main__":
    main()
