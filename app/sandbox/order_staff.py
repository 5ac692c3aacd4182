"""The sandbox's staff: works on orders as the clock is moved, so that every status can be seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.clock import KYIV, Clock, kyiv_date
from app.database import Database
from app.errors import AppError
from app.models.money import Money
from app.models.orders.order_detail import OrderSummary
from app.models.orders.order_status import OrderStatus, Side
from app.origin import OperatorAct
from app.repositories.orders.appointments import AppointmentRepository
from app.repositories.orders.moves import OrderMoves
from app.sandbox.orders import SandboxOrdersRepository
from app.services.background import BackgroundWork, ScheduledWork
from app.services.orders.operator import OrderOperatorService
from app.services.orders.slots import SlotPlan, SlotService
from app.texts import Locale, say

DISTRICT: Final = "everywhere"
PLANNED_DAYS: Final = 21
CREWS: Final = 3
HOURS: Final = (9, 13)
LENGTH: Final = timedelta(hours=3)

THINKS_FOR: Final = timedelta(days=1)
"""The staff takes one step with an order a day."""
AT_ONCE: Final = 20
QUOTE: Final = Money(540_000)
"""What every fee comes to that the staff calculates."""
QUOTE_HOLDS: Final = timedelta(days=14)
ACT: Final = OperatorAct("sandbox", "the clock was moved")

ASK: Final = "sandbox: ask"
REJECT: Final = "sandbox: reject"
WAIT: Final = "sandbox: wait"
"""Wishes: an order whose comment has one of them is asked about, rejected, or left to be late."""
WORK: Final = (
    OrderStatus.QUOTED,
    OrderStatus.SCHEDULED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.DONE,
)
"""The first of these that the table of transitions allows is the next step."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the staff does with one order."""

    number: str
    target: OrderStatus
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStaff:
    """Does what the operator's commands do, a day after the last step of an order."""

    database: Database
    clock: Clock

    async def work(self) -> int:
        """Take the next step with each order that has waited a day; tell how many were taken."""
        await self._plan_ahead()
        taken = 0
        for step in await self._steps():
            try:
                await self._take(step)
            except AppError:
                # Somebody else has moved it; tomorrow it is looked at again.
                continue
            taken += 1
        return taken

    async def _steps(self) -> Sequence[Step]:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            waiting = await SandboxOrdersRepository(transaction).list_waiting(
                since=now - THINKS_FOR, now=now, without=WAIT, limit=AT_ONCE
            )
            found = await OrderMoves(transaction, now).summaries([each.key for each in waiting])
            appointments = AppointmentRepository(transaction)
            steps = []
            for summary, each in zip(found, waiting, strict=True):
                target = next_step(summary, was_asked=each.was_asked)
                if target is None or summary.order.number is None:
                    continue
                starts_at = None
                if target is OrderStatus.SCHEDULED:
                    starts_at = await self._first_free(appointments, summary, now)
                    target = target if starts_at else OrderStatus.IN_PROGRESS
                steps.append(Step(summary.order.number, target, starts_at))
        return steps

    async def _first_free(
        self, appointments: AppointmentRepository, summary: OrderSummary, now: datetime
    ) -> datetime | None:
        district = await appointments.district_of(summary.order)
        if district is None:
            return None
        until = now + timedelta(days=PLANNED_DAYS)
        free = await appointments.list_free(district, since=now + timedelta(minutes=1), until=until)
        return free[0].starts_at if free else None

    async def _take(self, step: Step) -> None:
        staff = OrderOperatorService(database=self.database, clock=self.clock)
        if step.starts_at is not None:
            await staff.schedule(step.number, step.starts_at, act=ACT)
        elif step.target is OrderStatus.QUOTED:
            last_day = kyiv_date(self.clock.now() + QUOTE_HOLDS)
            await staff.quote(step.number, amount=QUOTE, valid_until=last_day, act=ACT)
        else:
            comment = say(f"sandbox.order.{step.target}", Locale.UK)
            await staff.move(step.number, step.target, comment=comment, act=ACT)

    async def _plan_ahead(self) -> None:
        """Keep three weeks of slots, however far the clock was moved."""
        today = kyiv_date(self.clock.now())
        async with self.database.begin() as transaction:
            last = await SandboxOrdersRepository(transaction).last_slot(DISTRICT)
        if last is None or kyiv_date(last) >= today + timedelta(days=PLANNED_DAYS):
            return
        plans = [each for each in slots_ahead(today) if each.starts_at > last]
        await SlotService(database=self.database, clock=self.clock).load(plans, ACT)


def next_step(summary: OrderSummary, *, was_asked: bool) -> OrderStatus | None:
    """Return where the staff moves an order; None: it is somebody else's turn."""
    possible = summary.moves_of(Side.OPERATOR)
    wishes = summary.order.comment or ""
    if REJECT in wishes and OrderStatus.REJECTED in possible:
        return OrderStatus.REJECTED
    if ASK in wishes and not was_asked and OrderStatus.NEEDS_INFO in possible:
        return OrderStatus.NEEDS_INFO
    return next((target for target in WORK if target in possible), None)


def slots_ahead(today: date) -> Iterator[SlotPlan]:
    """Yield times at which crews can come, for three weeks, wherever an account is."""
    for days in range(1, PLANNED_DAYS + 1):
        day = today + timedelta(days=days)
        for hour in HOURS:
            starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=KYIV)
            yield SlotPlan(
                district=DISTRICT,
                address_part="",
                starts_at=starts_at,
                ends_at=starts_at + LENGTH,
                capacity=CREWS,
            )


def sandbox_work(database: Database, clock: Clock) -> BackgroundWork:
    """Return what only the worker of a sandbox does."""
    staff = SandboxStaff(database=database, clock=clock)
    return BackgroundWork(scheduled=[ScheduledWork("work_on_sandbox_orders", 1.0, staff.work)])
