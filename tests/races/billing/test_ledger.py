import asyncio
import random

import pytest

from app.database import Database
from app.models.money import Money
from app.repositories.billing.ledger import Ledger
from tests.factories.registry import create_company
from tests.fakes.clock import NOON
from tests.steps.billing.posting import balances, charge, entries, owed_by, post

pytestmark = pytest.mark.committing

TASKS = 60


async def test_one_key_many_times_at_once_is_posted_once(database: Database) -> None:
    company = await create_company(database)

    posted = await asyncio.gather(*(post(database, charge("1", company)) for _ in range(TASKS)))

    assert sum(map(len, posted)) == 1
    assert (await balances(database))[owed_by(company).id] == Money(12000)


async def test_many_transactions_over_the_same_books_lose_nothing_and_wait_in_no_ring(
    database: Database,
) -> None:
    companies = [await create_company(database) for _ in range(4)]
    chance = random.Random(20261125)  # noqa: S311 - an order, not a secret

    async def bill(task: int) -> None:
        some = chance.sample(companies, k=3)
        async with database.begin() as session:
            ledger = Ledger(session)
            await ledger.hold(book for each in some for book in charge("", each).amounts)
            for company in some:
                await ledger.post(charge(f"{task} {company.account.id}", company), now=NOON)

    await asyncio.gather(*(bill(task) for task in range(TASKS)))

    found = await balances(database)
    assert found == await entries(database)
    assert sum(found[owed_by(each).id].kopiykas for each in companies) == TASKS * 3 * 12000
    assert sum(each.kopiykas for each in found.values()) == 0
