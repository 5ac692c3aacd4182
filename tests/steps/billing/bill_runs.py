"""Billing a month, as short as a test wants it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from app.database import Database
from app.models.billing.bill_run import BillRun
from app.models.billing.invoice import Invoice
from app.models.billing.tariff import Service, Tariff
from app.models.period import Period
from app.services.billing.invoice_issues import InvoiceIssueService
from tests.factories.people import act
from tests.fakes.clock import FrozenClock
from tests.steps.metering.settling import settlement_service

OCTOBER: Final = Period(2026, 10)
NOVEMBER: Final = Period(2026, 11)
IN_NOVEMBER: Final = datetime(2026, 11, 5, 8, 0, tzinfo=UTC)
IN_DECEMBER: Final = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)


async def set_tariff(
    database: Database, price: str = "1694.44", since: date = date(2026, 4, 1)
) -> None:
    async with database.begin() as session:
        session.add(
            Tariff(
                service=Service.DISTRIBUTION.value,
                voltage_class=2,
                valid_from=since,
                price_uah_per_mwh=Decimal(price),
                act="NERC, example",
            )
        )


async def settle(database: Database, period: Period, now: datetime = IN_NOVEMBER) -> None:
    """Close a period, and settle anew what later values have changed."""
    service = settlement_service(database, now)
    await service.close(period, account_number=None, act=act(), progress=lambda _tally: None)
    while await service.correct_changed():
        pass


async def bill(
    database: Database,
    period: Period = OCTOBER,
    now: datetime = IN_NOVEMBER,
    *,
    account_number: str | None = None,
    dry_run: bool = False,
) -> BillRun:
    return await InvoiceIssueService(database=database, clock=FrozenClock(now)).issue(
        period, account_number=account_number, act=act("monthly bills"), dry_run=dry_run
    )


async def invoices(database: Database) -> list[Invoice]:
    async with database.begin() as session:
        return list(await session.scalars(select(Invoice).order_by(Invoice.number)))
