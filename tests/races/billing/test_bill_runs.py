import asyncio

import pytest

from app.database import Database
from tests.factories.registry import create_company
from tests.steps.billing.bill_runs import OCTOBER, bill, invoices, set_tariff, settle
from tests.steps.billing.posting import balances, entries

pytestmark = pytest.mark.committing

COMPANIES, RUNS = 6, 12


async def a_settled_month(database: Database) -> None:
    for _ in range(COMPANIES):
        await create_company(database, history={"2026-09": "1000", "2026-10": "1700"})
    await set_tariff(database)
    await settle(database, OCTOBER)


async def numbers(database: Database) -> list[str]:
    return [each.number for each in await invoices(database)]


WITHOUT_GAPS = [f"2026-10-{place:06}" for place in range(1, COMPANIES + 1)]


async def test_runs_at_once_issue_each_invoice_once(database: Database) -> None:
    await a_settled_month(database)

    runs = await asyncio.gather(*(bill(database) for _ in range(RUNS)))

    assert sum(each.documents for each in runs) == COMPANIES
    assert await numbers(database) == WITHOUT_GAPS
    assert await balances(database) == await entries(database)


async def test_a_run_that_is_killed_is_finished_by_the_next(database: Database) -> None:
    await a_settled_month(database)
    for steps in range(1, 40, 3):
        killed = asyncio.create_task(bill(database))
        for _ in range(steps * 5):
            await asyncio.sleep(0.002)
            if killed.done():
                break
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)

    await bill(database)

    assert await numbers(database) == WITHOUT_GAPS
    assert await balances(database) == await entries(database)
