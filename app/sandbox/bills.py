"""A year of settled months and invoices for the demonstration register, most of them paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from typing_extensions import override

from app.clock import KYIV, Clock, kyiv_date
from app.database import Database, Transaction
from app.models.base import new_id
from app.models.billing.allocation import allocate
from app.models.billing.books import Book, BookKind
from app.models.billing.posting import Posting, PostingKind
from app.models.metering.reading_window import WindowRule
from app.models.money import ZERO, Money, total
from app.models.period import MONTHS, Period
from app.repositories.billing.billable import BillableRepository
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.billing.ledger import Ledger
from app.services.billing.invoice_issues import InvoiceIssueService
from app.services.metering.settlements import SettlementService

MONTH_CLOSES: Final = WindowRule(opens_days_before=31, closes_on_day=0)
"""As in the sandbox: a month takes readings until it ends."""
ISSUED_ON_DAY: Final = 5
PAID_ON_DAY: Final = 10
OUR_BANK: Final = Book(kind=BookKind.BANK, name="UA906543210000000260323012024")
PREPAID: Final = Money(50_000)


@dataclass(frozen=True, slots=True)
class Habit:
    """How an account of the demonstration pays: so that every screen has something to show."""

    months_unpaid: int = 0
    """Of the newest invoices."""
    pays_half: bool = False
    """Of the newest invoice."""
    prepaid: Money = ZERO


HABITS: Final = (
    Habit(),
    Habit(months_unpaid=1),
    Habit(pays_half=True),
    Habit(months_unpaid=2),
    Habit(prepaid=PREPAID),
)


class FixedClock(Clock):
    """The moment at which a month of the past was billed."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    @override
    def now(self) -> datetime:
        return self._moment


async def bill_last_year(
    database: Database, account_numbers: Sequence[str], *, now: datetime
) -> None:
    """Settle the twelve months before this one, bill some accounts, and let them pay.

    Not all accounts: it is done while somebody waits for the first start.
    """
    this = Period.containing(kyiv_date(now))
    async with database.begin() as transaction:
        billable = BillableRepository(transaction)
        keys = [key for number in account_numbers for key in await billable.keys_of(number)]
    for back in range(MONTHS, 0, -1):
        period = this.shifted(-back)
        await _settle(database, period, now)
        issued_at = min(_noon(period.shifted(1), ISSUED_ON_DAY), now)
        issues = InvoiceIssueService(database=database, clock=FixedClock(issued_at))
        for number in account_numbers:
            await issues.issue(period, account_number=number, act=None)
        await _pay(database, keys, period, back, now)


async def _settle(database: Database, period: Period, now: datetime) -> None:
    settlements = SettlementService(
        database=database, clock=FixedClock(now), window_rule=MONTH_CLOSES
    )
    await settlements.close(period, act=None)


async def _pay(
    database: Database, keys: Sequence[Key], period: Period, back: int, now: datetime
) -> None:
    paid_at = min(_noon(period.shifted(1), PAID_ON_DAY), now)
    async with database.begin() as transaction:
        await InvoiceRepository(transaction).lock_accounts(keys)
        for place, key in enumerate(keys):
            habit = HABITS[place % len(HABITS)]
            if back > habit.months_unpaid:
                await _receive(transaction, key, habit, is_newest=back == 1, at=paid_at)


async def _receive(
    transaction: Transaction, key: Key, habit: Habit, *, is_newest: bool, at: datetime
) -> None:
    invoices = InvoiceRepository(transaction)
    owed = await invoices.open_parts([key])
    amount = total(each.outstanding for each in owed)
    if is_newest and habit.pays_half:
        amount = Money(amount.kopiykas // 2)
    if is_newest:
        amount += habit.prepaid
    if amount <= ZERO:
        return
    shared = allocate(amount, owed)
    posting = Posting.of(
        "demonstration",
        str(new_id()),
        PostingKind.PAYMENT,
        kyiv_date(at),
        (OUR_BANK, amount),
        *((each.part.book, -each.amount) for each in shared.allocations),
        (Book.advances(*key), -shared.rest),
    )
    await Ledger(transaction).post(posting, now=at)
    await invoices.mark_paid(shared.allocations, transaction_id=posting.id)


def _noon(period: Period, day: int) -> datetime:
    return datetime.combine(period.starts_on.replace(day=day), time(12), tzinfo=KYIV)
