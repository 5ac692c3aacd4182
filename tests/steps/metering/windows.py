"""What the operator says of windows, and accounts of a group, as short as a test wants it."""

from datetime import date, datetime

from sqlalchemy import update

from app.database import Database
from app.models.customers.account import Account
from app.models.metering.reading_window import WindowRule
from app.models.metering.window_book import USUAL_GROUP, Dates, WindowDecision
from app.models.period import Period
from app.origin import OperatorAct
from app.services.metering.reading_windows import ReadingWindowService, WindowChange
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock

CODE = WindowRule(opens_days_before=2, closes_on_day=3)
ACT = OperatorAct("o.kravets", "order 12")


def single(period: str, opens_on: str, closes_on: str, group: str = USUAL_GROUP) -> WindowDecision:
    dates = Dates(date.fromisoformat(opens_on), date.fromisoformat(closes_on))
    return WindowDecision(group, Period.parse(period), is_standing=False, meant=dates)


def standing(since: str, before: int, day: int, group: str = USUAL_GROUP) -> WindowDecision:
    rule = WindowRule(before, day)
    return WindowDecision(group, Period.parse(since), is_standing=True, meant=rule)


def as_usual(period: str, *, is_standing: bool = False, group: str = USUAL_GROUP) -> WindowDecision:
    return WindowDecision(group, Period.parse(period), is_standing, meant=None)


async def decide(
    database: Database, decision: WindowDecision, *, now: datetime = NOON, dry_run: bool = False
) -> WindowChange:
    service = ReadingWindowService(database=database, clock=FrozenClock(now), window_rule=CODE)
    return await service.decide(decision, act=ACT, dry_run=dry_run)


async def put_into(database: Database, company: Company, group: str) -> None:
    """Put a company's account into a group, as a load of the register does."""
    async with database.begin() as transaction:
        await transaction.execute(
            update(Account).where(Account.id == company.account.id).values(window_group=group)
        )
