"""200 bookings of 10 places make 10, and two who change places do not wait in a ring."""

import asyncio

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.orders.appointment import AppointmentSlot, SlotTaken
from app.security.access_tokens import AccessTokens
from tests.databases import CONNECTIONS
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.ordering import ACT, about_point, operator, placed
from tests.steps.orders.slots import LATER, MORNING, NOON, load_slots, plan

pytestmark = pytest.mark.committing

BOOKINGS = 200
PLACES = 10


async def orders(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, count: int
) -> list[str]:
    await load(database, changed("control_reading", one_open=False))
    company = await create_company(database)
    owner = await sign_in(database, access_tokens, company)
    request = about_point(company, "control_reading", {})
    made = [await placed(client, owner, request) for _ in range(count)]
    return [order["number"] for order in made]


async def booked(database: Database) -> dict[str, int]:
    async with database.begin() as transaction:
        found = (await transaction.scalars(select(AppointmentSlot))).all()
    return {f"{each.starts_at:%d %H}": each.booked for each in found}


async def test_many_bookings_of_few_places_fill_them_and_no_more(
    client: AsyncClient, database: Database, clock: FrozenClock, access_tokens: AccessTokens
) -> None:
    await load_slots(database, plan(MORNING, PLACES))
    numbers = await orders(client, database, access_tokens, BOOKINGS)
    staff = operator(database, clock)

    done = []
    for begin in range(0, BOOKINGS, CONNECTIONS):
        some = numbers[begin : begin + CONNECTIONS]
        done += await asyncio.gather(
            *(staff.schedule(number, MORNING, act=ACT) for number in some), return_exceptions=True
        )

    refused = [each for each in done if isinstance(each, BaseException)]
    assert len(refused) == BOOKINGS - PLACES
    assert {type(each) for each in refused} == {SlotTaken}
    assert list((await booked(database)).values()) == [PLACES]


async def test_many_change_places_at_once(
    client: AsyncClient, database: Database, clock: FrozenClock, access_tokens: AccessTokens
) -> None:
    numbers = await orders(client, database, access_tokens, 12)
    await load_slots(database, *(plan(each, 8) for each in (MORNING, NOON, LATER)))
    staff, slots = operator(database, clock), (MORNING, NOON, LATER)

    for turn in range(4):
        moves = [
            staff.schedule(number, slots[(place + turn * (1 + place % 2)) % 3], act=ACT)
            for place, number in enumerate(numbers)
        ]
        for outcome in await asyncio.gather(*moves, return_exceptions=True):
            assert not isinstance(outcome, BaseException) or isinstance(outcome, SlotTaken)

    assert sum((await booked(database)).values()) == len(numbers)
