"""Limits hold over requests that come at the same moment, and requests never block each other."""

import asyncio

import pytest

from app.database import Database
from app.errors import Busy
from app.models.limits.kinds import DAY, Budget, LimitUse, Rate
from app.repositories.limits import LimitRepository
from tests.fakes.clock import NOON

pytestmark = pytest.mark.committing


async def test_of_two_hundred_at_once_a_limit_lets_its_quota_through(database: Database) -> None:
    budget, rate = LimitUse(Budget("b", 7, DAY)), LimitUse(Rate("r", 9, DAY))

    async def use() -> tuple[bool, bool] | None:
        try:
            async with database.begin() as transaction:
                limits = LimitRepository(transaction)
                [spent] = await limits.spend([budget], now=NOON)
                [taken] = await limits.take([rate], now=NOON)
        except Busy:
            return None
        return spent.is_granted, taken.is_granted

    answers = await asyncio.gather(*(use() for _ in range(200)))

    seen = [answer for answer in answers if answer]
    assert sum(spent for spent, _ in seen) == 7
    assert sum(taken for _, taken in seen) == 9


async def test_whoever_uses_several_limits_in_whatever_order_never_meets_a_deadlock(
    database: Database,
) -> None:
    uses = [LimitUse(Budget(name, 1000, DAY)) for name in "abcdef"]

    async def spend(number: int) -> bool:
        turned = uses[number % 6 :] + uses[: number % 6]
        async with database.begin() as transaction:
            standings = await LimitRepository(transaction).spend(turned, now=NOON)
        return all(standing.is_granted for standing in standings)

    for start in range(0, 120, 8):
        assert all(await asyncio.gather(*(spend(start + number) for number in range(8))))

    async with database.begin() as transaction:
        left = [s.remaining for s in await LimitRepository(transaction).spend(uses, now=NOON)]
    assert left == [1000 - 121] * 6
