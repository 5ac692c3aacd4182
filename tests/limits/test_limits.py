"""Each limit is one statement; it is exact to the moment, and none is used in part."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.database import Database
from app.models.base import new_id
from app.models.limits import Limits
from app.models.limits.addresses import host, network
from app.models.limits.kinds import DAY, HOUR, Budget, LimitUse, Rate, TooManyAttempts, require
from app.repositories.limits import LimitRepository
from app.services.operations.retention import RetentionService
from tests.factories.people import new_phone
from tests.fakes.clock import FrozenClock

THREE = LimitUse(Budget("three", 3, DAY), "a")
MINUTE = timedelta(minutes=1)
DRIP = LimitUse(Rate("drip", 5, 5 * MINUTE), "a")


async def spend(database: Database, clock: FrozenClock, *uses: LimitUse) -> list[tuple[bool, int]]:
    async with database.begin() as transaction:
        standings = await LimitRepository(transaction).spend(uses, now=clock.now())
    return [(standing.is_granted, standing.remaining) for standing in standings]


async def take(database: Database, clock: FrozenClock, *uses: LimitUse) -> list[tuple[bool, int]]:
    async with database.begin() as transaction:
        standings = await LimitRepository(transaction).take(uses, now=clock.now())
    return [(standing.is_granted, standing.remaining) for standing in standings]


async def test_a_budget_holds_in_every_stretch_of_a_day(
    database: Database, clock: FrozenClock
) -> None:
    seen = []
    for _ in range(4):
        seen += await spend(database, clock, THREE)
        clock.advance(HOUR)
    clock.advance(DAY - 4 * HOUR - timedelta(microseconds=1))
    seen += await spend(database, clock, THREE)
    clock.advance(timedelta(microseconds=1))
    seen += await spend(database, clock, THREE)
    seen += await spend(database, clock, THREE)

    assert seen == [(True, 2), (True, 1), (True, 0), (False, 0), (False, 0), (True, 0), (False, 0)]


async def test_a_refusal_tells_when_the_next_is_possible(
    database: Database, clock: FrozenClock
) -> None:
    for _ in range(3):
        await spend(database, clock, THREE)
        clock.advance(HOUR)

    async with database.begin() as transaction:
        [standing] = await LimitRepository(transaction).spend([THREE], now=clock.now())

    assert standing.wait == DAY - 3 * HOUR
    with pytest.raises(TooManyAttempts) as refusal:
        require([standing])
    assert refusal.value.facts["retry_after"] == standing.wait.total_seconds()


async def test_what_costs_twice_counts_twice(database: Database, clock: FrozenClock) -> None:
    twice = replace(THREE, times=2)

    seen = await spend(database, clock, twice)
    clock.advance(HOUR)
    seen += await spend(database, clock, twice)
    seen += await spend(database, clock, THREE)
    async with database.begin() as transaction:
        [refused] = await LimitRepository(transaction).spend([twice], now=clock.now())

    assert seen == [(True, 1), (False, 0), (True, 0)]
    assert refused.wait == DAY - HOUR


async def test_what_is_owed_is_counted_beyond_the_quota(
    database: Database, clock: FrozenClock
) -> None:
    async with database.begin() as transaction:
        await LimitRepository(transaction).charge([replace(THREE, times=4)], now=clock.now())

    assert await spend(database, clock, THREE) == [(False, 0)]


def test_a_change_of_phone_pays_for_both_codes_and_the_news() -> None:
    uses = Limits().sending_both(old_phone=new_phone(), new_phone=new_phone(), address="192.0.2.1")

    times = {use.limit.name: use.times for use in uses if use.limit.name != "sends-phone-day"}
    assert times == {
        "sends-day": 3,
        "sends-new-day": 3,
        "sends-block-hour": 1,
        "sends-address-hour": 1,
        "sends-address-day": 1,
        "sends-network-day": 1,
    }
    assert len([use for use in uses if use.limit.name == "sends-phone-day"]) == 2


async def test_a_refusal_by_one_limit_uses_no_other(database: Database, clock: FrozenClock) -> None:
    roomy = LimitUse(Budget("roomy", 9, DAY), "a")
    for _ in range(3):
        await spend(database, clock, THREE, roomy)

    with pytest.raises(TooManyAttempts):
        async with database.begin() as transaction:
            require(await LimitRepository(transaction).spend([roomy, THREE], now=clock.now()))

    assert await spend(database, clock, roomy) == [(True, 5)]


async def test_a_quota_of_nothing_grants_nothing(database: Database, clock: FrozenClock) -> None:
    assert await spend(database, clock, LimitUse(Budget("none", 0, DAY))) == [(False, 0)]
    assert await take(database, clock, LimitUse(Rate("none", 0, DAY))) == [(False, 0)]
    assert await spend(database, clock) == []


async def test_a_rate_lets_a_burst_through_and_then_drips(
    database: Database, clock: FrozenClock
) -> None:
    burst = [await take(database, clock, DRIP) for _ in range(6)]
    clock.advance(MINUTE - timedelta(microseconds=1))
    early = await take(database, clock, DRIP)
    clock.advance(timedelta(microseconds=1))
    dripped = [await take(database, clock, DRIP) for _ in range(2)]

    assert [granted for [(granted, _)] in burst] == [True] * 5 + [False]
    assert [remaining for [(_, remaining)] in burst] == [4, 3, 2, 1, 0, 0]
    assert early == [(False, 0)]
    assert dripped == [[(True, 0)], [(False, 0)]]


async def test_a_refusal_by_a_rate_tells_the_next_drop(
    database: Database, clock: FrozenClock
) -> None:
    for _ in range(5):
        await take(database, clock, DRIP)
    clock.advance(timedelta(seconds=20))

    async with database.begin() as transaction:
        [standing] = await LimitRepository(transaction).take([DRIP], now=clock.now())

    assert standing.wait == timedelta(seconds=40)


async def test_what_did_not_count_is_given_back(database: Database, clock: FrozenClock) -> None:
    for _ in range(5):
        await take(database, clock, DRIP)
    async with database.begin() as transaction:
        await LimitRepository(transaction).give_back([DRIP])
        await LimitRepository(transaction).give_back([])

    assert await take(database, clock, DRIP) == [(True, 0)]
    assert await take(database, clock, DRIP) == [(False, 0)]


async def test_limits_that_limit_nobody_any_more_are_forgotten(
    database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await spend(database, clock, THREE)
    await take(database, clock, DRIP)

    assert await retention.purge() == {}
    clock.advance(5 * MINUTE)
    assert await retention.purge() == {"rate_limits": 1}
    clock.advance(DAY)
    assert await retention.purge() == {"budgets": 1}


@pytest.mark.parametrize(
    ("address", "one", "neighbours"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("::FFFF:cb00:7107", "203.0.113.7", "203.0.113.0/24"),
        ("a-socket", "a-socket", "a-socket"),
    ],
)
def test_whom_an_address_counts_for(address: str, one: str, neighbours: str) -> None:
    assert (host(address), network(address)) == (one, neighbours)


def test_the_phone_on_file_is_in_no_block_and_may_use_the_reserve() -> None:
    def names(*, is_on_file: bool) -> set[str]:
        uses = Limits().signing_up(
            phone=new_phone(), account_id=new_id(), address=None, is_on_file=is_on_file
        )
        return {use.limit.name for use in uses}

    theirs = {"sends-phone-day", "sends-account-day", "sends-day"}
    assert names(is_on_file=True) == theirs
    assert names(is_on_file=False) == theirs | {
        "sends-block-hour",
        "sends-new-day",
        "sends-others-day",
        "sends-sign-up-day",
    }
