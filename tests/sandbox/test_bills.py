"""The sandbox begins with a year of invoices that shows every state."""

from datetime import UTC, datetime

import pytest

from app.database import Database
from app.sandbox.demonstration import ensure_loaded
from tests.fakes.clock import FrozenClock
from tests.registry.conftest import Rows
from tests.registry.conftest import rows as rows  # noqa: PLC0414 - a fixture of another folder
from tests.steps.billing.posting import balances, entries

pytestmark = pytest.mark.committing

STATES = """
    SELECT i.period, sum(p.paid) AS paid, sum(p.total) AS total, i.due_on
      FROM invoices i JOIN invoice_parts p
        ON p.organization_id = i.organization_id AND p.invoice_id = i.id
     GROUP BY i.organization_id, i.id
"""


async def test_every_account_has_a_year_of_invoices_in_every_state(
    database: Database, rows: Rows
) -> None:
    async with database.begin() as session:
        bind = await session.connection()
    url = bind.engine.url.render_as_string(hide_password=False)

    await ensure_loaded(url, clock=FrozenClock(datetime(2026, 11, 25, 9, 0, tzinfo=UTC)))

    invoices = await rows(STATES)
    assert len({each["period"] for each in invoices}) == 12
    assert {
        "paid" if each["paid"] == each["total"] else "part" if each["paid"] else "overdue"
        for each in invoices
    } == {"paid", "part", "overdue"}
    [prepaid] = await rows(
        "SELECT count(*) FROM ledger_accounts WHERE kind = 'advances' AND balance < 0"
    )
    assert prepaid["count"] > 0
    numbers = await rows("SELECT number FROM invoices WHERE number LIKE '2026-10-%' ORDER BY 1")
    assert [int(each["number"][-6:]) for each in numbers] == list(range(1, len(numbers) + 1))
    assert await rows("SELECT * FROM audit_events WHERE action LIKE 'invoice%'") == []
    assert await balances(database) == await entries(database)
