"""How long a month takes to settle, and how much memory; extrapolated to a million registers.

    python -m benchmarks.settlement [REGISTERS] [--server URL]

Fills a database of its own with registers of 36 months, three of ten unread in the last one, and
closes that month twice: the first time it settles, the second time it finds everything settled.
A quarter of the registers is settled by a process of its own first, so that two peaks of memory
can be compared: they tell whether it grows with the number of registers.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from datetime import datetime

from typing_extensions import override

from app.clock import Clock
from app.database import Database, create_engine
from app.models.metering.reading_window import WindowRule
from app.models.metering.settling.tally import Tally
from app.models.period import Period
from app.services.metering.settlements import SettlementService
from benchmarks.fill import MONTHS, id_sql, open_period
from benchmarks.scratch import Scratch, scratch_database

REGISTERS = 20_000
MILLION = 1_000_000
GOAL_MINUTES = 20
RULE = WindowRule(opens_days_before=2, closes_on_day=3)
UNREAD = (
    "DELETE FROM readings WHERE read_on = '{day}' AND register_id IN "
    "(SELECT {id} FROM generate_series(4, {last}) n WHERE n % 10 < 3)"
)


class Tomorrow(Clock):
    """Stands where the month's window has closed."""

    def __init__(self, period: Period) -> None:
        self._closed_at = RULE.window(period).closes_at

    @override
    def now(self) -> datetime:
        return self._closed_at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("registers", nargs="?", type=int, default=REGISTERS)
    parser.add_argument("--server", metavar="URL")
    parser.add_argument("--settle", metavar="YYYY-MM", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.settle:
        asyncio.run(settle(Period.parse(options.settle)))
        return
    period = open_period().shifted(-1)
    for registers in (options.registers // 4, options.registers):
        with scratch_database(options.server, readings=registers * MONTHS) as scratch:
            prepare(scratch, period)
            for title in ("new", "again"):
                print(f"{registers:>9,} registers, {title:<6}", end="", flush=True)
                in_a_process_of_its_own(scratch, period)


def prepare(scratch: Scratch, period: Period) -> None:
    last = 4 * scratch.companies + 3
    asyncio.run(
        scratch.execute(
            UNREAD.format(day=period.ends_on, last=last, id=id_sql("n")),
            "UPDATE registers SET revision = 1",
            "VACUUM ANALYZE",
        )
    )


def in_a_process_of_its_own(scratch: Scratch, period: Period) -> None:
    command = [sys.executable, "-m", "benchmarks.settlement", "--settle", str(period)]
    address = scratch.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": address}
    subprocess.run(command, check=True, env=environment)  # noqa: S603 - ourselves


async def settle(period: Period) -> None:
    before = peak_memory()
    engine = create_engine(os.environ["DATABASE_URL"])
    service = SettlementService(database=Database(engine), clock=Tomorrow(period), window_rule=RULE)
    started = time.perf_counter()
    total = Tally()
    while done := await service.settle_due():
        total.merge(done)
    seconds = time.perf_counter() - started
    await engine.dispose()
    print(told(total, seconds, before))


def told(total: Tally, seconds: float, before: float) -> str:
    months = 3
    rate = total.registers / seconds if total.registers else 0
    minutes = MILLION / rate / 60 if rate else 0
    return (
        f"{seconds:6.1f} s {total.registers:>8,} register-months ({months} months), "
        f"{total.estimated.total():,} estimated, {rate:,.0f}/s; a million take {minutes:.1f} min "
        f"(to reach: {GOAL_MINUTES}); our processor {time.process_time():.1f} s, "
        f"peak {peak_memory():.0f} MB (idle {before:.0f})"
    )


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
