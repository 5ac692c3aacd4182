"""Schedules of payment as a test needs them, and the run that issues what they ask for."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from app.database import Database
from app.models.billing.bill_run import BillRun
from app.models.billing.instalment import Instalment
from app.models.billing.payment_terms import PaymentForm
from app.models.money import Money
from app.repositories.billing.instalments import InstalmentRepository
from app.repositories.billing.invoices import InvoiceRepository
from app.services.billing.instalments import InstalmentService
from tests.factories.people import act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.issuing import key_of

IN_OCTOBER: Final = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)


async def schedule(
    database: Database,
    company: Company,
    *rows: tuple[int, Money | Decimal],
    form: PaymentForm = PaymentForm.PLANNED,
) -> None:
    """Give an account a schedule from October 2026 on: days, each with a sum or a percentage."""
    key = key_of(company)
    async with database.begin() as transaction:
        terms = (await InvoiceRepository(transaction).lock_accounts([key]))[key]
        terms.form = form.value
        instalments = [
            Instalment(
                organization_id=key[0],
                account_id=key[1],
                position=position,
                since=date(2026, 10, 1),
                day_of_month=day,
                percent=asked if isinstance(asked, Decimal) else None,
                amount=asked if isinstance(asked, Money) else None,
                due_days=5,
            )
            for position, (day, asked) in enumerate(rows, start=1)
        ]
        await InstalmentRepository(transaction).replace(key, instalments)


async def issue_instalments(
    database: Database, now: datetime = IN_OCTOBER, *, dry_run: bool = False
) -> BillRun:
    return await InstalmentService(database=database, clock=FrozenClock(now)).issue(
        account_number=None, act=act("instalments"), dry_run=dry_run
    )
