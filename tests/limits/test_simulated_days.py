"""A day of SMS, simulated: what a pumping bot costs, and what honest people notice (O9).

Honest means: each person has a phone of their own, and the phones are spread over the blocks of
ten thousand numbers as the numbering plan spreads subscribers; six in ten write from an address
of their company, the others from the few addresses that a mobile operator's customers share. A
block of numbers is not what one company has: whoever invites 20 colleagues whose phones follow
each other sends ten an hour.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from app.database import Database
from app.models.base import new_id
from app.models.limits import Limits
from app.models.limits.devices import KnownDevice
from app.models.limits.kinds import DAY, LimitUse
from app.models.limits.sending import MEMBERS_PERCENT, RESERVE_PERCENT, RESETS_PERCENT
from app.repositories.limits import LimitRepository
from app.settings import Settings
from tests.fakes.clock import NOON
from tests.rounds import few_or_many

PRICE: Final[Decimal] = Settings.model_fields["sms_price_uah"].default
CAP: Final[Decimal] = Settings.model_fields["sms_daily_cap_uah"].default
OPERATORS: Final = ("50", "63", "66", "67", "68", "73", "93", "95", "96", "97", "98", "99")
CARRIER_NETWORKS: Final = 48


@dataclass
class Day:
    """Codes asked for one after another, and how many left."""

    database: Database
    limits: Limits
    sent: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def cost(self) -> Decimal:
        return self.sent * PRICE

    async def ask(
        self, *, phone: str, address: str, now: datetime, is_on_file: bool = False
    ) -> bool:
        uses = self.limits.signing_up(
            phone=phone, account_id=new_id(), address=address, is_on_file=is_on_file
        )
        return await self._spend(uses, now)

    async def reset(self, *, phone: str, device: KnownDevice | None, now: datetime) -> bool:
        uses = self.limits.sending_reset(nobody="nobody", phone=phone, device=device)
        return await self._spend(uses, now)

    async def _spend(self, uses: list[LimitUse], now: datetime) -> bool:
        async with self.database.begin() as transaction:
            attempt = await transaction.begin_nested()
            standings = await LimitRepository(transaction).spend(uses, now=now)
            refusals = [each.limit.name for each in standings if not each.is_granted]
            await (attempt.rollback() if refusals else attempt.commit())
        self.refused.update(refusals[:1])
        self.sent += not refusals
        return not refusals


@pytest.fixture
def day(database: Database) -> Day:
    return Day(database, Limits().costing(price=PRICE, daily_cap=CAP))


def chances(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same day each time


def some_phone(chance: random.Random) -> str:
    return f"+380{chance.choice(OPERATORS)}{chance.randrange(10**7):07}"


def some_address(chance: random.Random, number: int) -> str:
    if chance.random() < 0.6:
        return f"10.{number // 250}.{number % 250}.{chance.randrange(256)}"
    return f"100.64.{chance.randrange(CARRIER_NETWORKS)}.{chance.randrange(256)}"


def moments(count: int) -> list[datetime]:
    return [NOON + number * DAY / count for number in range(count)]


async def honest_people(day: Day, count: int, chance: random.Random) -> None:
    for number, now in enumerate(moments(count)):
        await day.ask(phone=some_phone(chance), address=some_address(chance, number), now=now)


@pytest.mark.parametrize("codes", few_or_many(300, 1000))
async def test_an_honest_day_of_a_thousand_codes_is_not_refused(day: Day, codes: int) -> None:
    await honest_people(day, codes, chances(1))

    assert day.refused == Counter()
    assert (day.sent, day.cost <= CAP) == (codes, True)


@pytest.mark.parametrize("tries", few_or_many(200, 2000))
async def test_a_bot_on_one_address_sends_twenty(day: Day, tries: int) -> None:
    chance = chances(2)

    for now in moments(tries):
        await day.ask(phone=some_phone(chance), address="203.0.113.1", now=now)

    assert day.sent <= 20 + 1, "the first of a day's twenty is free again at its end"


@pytest.mark.parametrize("tries", few_or_many(300, 2000))
async def test_a_bot_with_a_network_sends_sixty(day: Day, tries: int) -> None:
    chance = chances(3)

    for number, now in enumerate(moments(tries)):
        await day.ask(phone=some_phone(chance), address=f"203.0.113.{number % 256}", now=now)

    assert day.sent <= 60 + 1


@pytest.mark.parametrize("tries", few_or_many(400, 1000))
async def test_a_bot_with_numbers_of_one_block_sends_ten_an_hour(day: Day, tries: int) -> None:
    for number, now in enumerate(moments(tries)):
        address = f"203.{number // 250}.{number % 250}.1"
        await day.ask(phone=f"+38067123{number:04}", address=address, now=now)

    assert day.sent <= 24 * 10 + 10


async def test_a_bot_with_the_whole_world_spends_no_more_than_the_cap(database: Database) -> None:
    """Sign-ups and resets of strangers each use up their share; owners keep theirs."""
    cap = Decimal(300)
    day = Day(database, Limits().costing(price=PRICE, daily_cap=cap))
    chance = chances(4)

    for number in range(400):
        now = NOON + number * timedelta(seconds=100)
        await day.ask(phone=some_phone(chance), address=f"{number % 200}.{number}.1.1", now=now)
    sign_ups = day.sent
    for number in range(200):
        await day.reset(phone=f"+38067{number:07}", device=None, now=NOON + timedelta(hours=11))
    resets = day.sent - sign_ups
    now = NOON + timedelta(hours=12)
    for number in range(200):
        phone = f"+38050{number:07}"
        await day.reset(phone=phone, device=KnownDevice(phone, is_proven=True), now=now)
    owners = day.sent - sign_ups - resets

    segments = int(cap / PRICE)
    assert sign_ups == segments * (100 - RESERVE_PERCENT - RESETS_PERCENT - MEMBERS_PERCENT) // 100
    assert resets == segments * RESETS_PERCENT // 100
    assert owners == segments * (RESERVE_PERCENT + MEMBERS_PERCENT) // 100
    assert (day.refused["sends-new-day"], day.refused["sends-resets-day"]) == (400 - sign_ups, 170)
    assert day.cost <= cap


async def test_money_for_nothing_sends_nothing(database: Database) -> None:
    day = Day(database, Limits().costing(price=PRICE, daily_cap=Decimal(0)))

    assert not await day.ask(phone="+380671234567", address="10.1.1.1", now=NOON)
