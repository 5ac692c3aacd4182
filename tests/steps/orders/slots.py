"""Slots of crews, loaded as the operator loads them."""

from datetime import datetime, timedelta
from typing import Final

from app.clock import KYIV
from app.database import Database
from app.services.orders.slots import SlotPlan, SlotService
from tests.factories.people import act
from tests.fakes.clock import FrozenClock

MORNING: Final = datetime(2026, 12, 1, 9, 0, tzinfo=KYIV)
NOON: Final = datetime(2026, 12, 1, 12, 0, tzinfo=KYIV)
LATER: Final = datetime(2026, 12, 2, 9, 0, tzinfo=KYIV)
PAST: Final = datetime(2026, 11, 30, 9, 0, tzinfo=KYIV)


def plan(
    starts_at: datetime, capacity: int, *, district: str = "kyiv", address_part: str = ""
) -> SlotPlan:
    return SlotPlan(
        district=district,
        address_part=address_part,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        capacity=capacity,
    )


async def load_slots(database: Database, *plans: SlotPlan) -> int:
    return await SlotService(database=database, clock=FrozenClock()).load(plans, act("a plan"))
