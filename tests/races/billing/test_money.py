import asyncio

import pytest

from app.database import Database
from app.services.billing.advances import AdvanceService
from app.services.context import Context
from tests.factories.registry import create_company
from tests.steps.billing.issuing import draft, issue
from tests.steps.billing.paying import compensate, pay, require_all_fits, unmatch

pytestmark = pytest.mark.committing


async def test_invoices_payments_and_their_undoing_meet_and_lose_nothing(
    database: Database, context: Context
) -> None:
    company = await create_company(database)
    advances = AdvanceService(context=context)
    early = [await pay(database, company, 700 + each) for each in range(8)]

    await asyncio.gather(
        *(issue(database, company, draft(f"{net}", issue_key=f"{net}")) for net in range(1, 13)),
        *(pay(database, company, 500 + each) for each in range(12)),
        *(unmatch(database, company, each) for each in early),
        *(compensate(database, company, 90 + each) for each in range(6)),
        *(advances.even_out() for _ in range(4)),
    )

    await require_all_fits(database, company)
    await advances.even_out()
    await require_all_fits(database, company)
    assert await advances.even_out() == 0
