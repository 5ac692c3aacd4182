"""A bill run that is killed has issued whole invoices, and the next run issues the rest."""

import asyncio
import os
import signal
import sys

import pytest

from app.database import Database
from tests.databases import ROOT
from tests.factories.registry import create_company
from tests.steps.billing.bill_runs import OCTOBER, invoices, set_tariff, settle
from tests.steps.billing.posting import balances, entries

pytestmark = pytest.mark.committing

COMPANIES = 12
KILLED_AFTER = ((4,), pytest.param((1, 3, 5, 7, 9, 11), marks=pytest.mark.slow))
"""Invoices that are there when each process is killed."""
LOOKS = 3000
SECONDS_BETWEEN_LOOKS = 0.01
COMMAND = (
    *(sys.executable, "-P", "-m", "app.cli", "billing", "issue", "2026-10"),
    *("--operator", "o.kravets", "--reason", "monthly bills"),
)


async def start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def kill_after(database: Database, url: str, issued: int) -> None:
    process = await start(url)
    for _ in range(LOOKS):
        if len(await invoices(database)) >= issued or process.returncode is not None:
            break
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.communicate()


@pytest.mark.parametrize("killed_after", KILLED_AFTER)
async def test_a_killed_run_loses_nothing_doubles_nothing_and_leaves_no_gap(
    url: str, database: Database, killed_after: tuple[int, ...]
) -> None:
    for _ in range(COMPANIES):
        await create_company(database, history={"2026-09": "1000", "2026-10": "1700"})
    await set_tariff(database)
    await settle(database, OCTOBER)

    for issued in killed_after:
        await kill_after(database, url, issued)
        assert await balances(database) == await entries(database)

    finishing = await start(url)
    _, said = await finishing.communicate()
    assert finishing.returncode == 0, said.decode()
    assert [each.number for each in await invoices(database)] == [
        f"2026-10-{place:06}" for place in range(1, COMPANIES + 1)
    ]
    assert await balances(database) == await entries(database)
