from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.clock import Clock
from app.database import Database
from app.models.orders.actions import OrderDeed
from app.models.orders.appointment import SlotsBooked
from app.origin import OperatorAct
from app.repositories.operator_acts import ActWriter
from app.repositories.orders.appointments import AppointmentRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPlan:
    """How many crews a district has at a time."""

    district: str
    address_part: str
    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotService:
    """Loads when crews can come."""

    database: Database
    clock: Clock

    async def load(self, plans: Sequence[SlotPlan], act: OperatorAct) -> int:
        """Bring slots up to date with a plan, all or nothing; tell how many it has.

        Slots that the plan does not name stay; one with capacity 0 takes no bookings.

        :raises SlotsBooked:
        """
        async with self.database.begin() as transaction:
            slots = AppointmentRepository(transaction)
            for code, part in sorted({(each.district, each.address_part) for each in plans}):
                await slots.set_district(code, part)
            for plan in sorted(plans, key=lambda plan: (plan.district, plan.starts_at)):
                if not await slots.set_slot(
                    plan.district, plan.starts_at, plan.ends_at, plan.capacity
                ):
                    raise SlotsBooked(starts_at=plan.starts_at)
            if plans:
                first, last = min(_starts(plans)), max(_starts(plans))
                ActWriter(transaction, act, self.clock.now()).record(
                    OrderDeed.SLOTS_LOADED,
                    slots=len(plans),
                    first=first.isoformat(),
                    last=last.isoformat(),
                )
        return len(plans)


def _starts(plans: Sequence[SlotPlan]) -> list[datetime]:
    return [plan.starts_at for plan in plans]
