from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.models.base import new_id
from app.models.orders.actions import OrderAction
from app.models.orders.compensation import CompensationStatus, OrderCompensation
from app.models.orders.order_status import OrderStatus, Side, possible
from app.models.orders.service import CompensationRow
from app.repositories.audit_events import AuditWriter
from app.repositories.orders.moves import LoadedOrder, OrderMoves

AT_ONCE: Final = 50
"""Orders in one transaction."""
MOST_BATCHES: Final = 2000
BEGINNING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClockService:
    """Does what time alone does to orders."""

    database: Database
    clock: Clock

    async def find_late(self) -> int:
        """Find orders whose last day has passed, and owe what the law says; tell how many.

        Each order is found once: the row says so in the same transaction.
        """
        now = self.clock.now()
        today = kyiv_date(now)
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            late = await moves.orders.lock_late(today, limit=AT_ONCE)
            for order in late:
                loaded = await moves.load(order)
                order.overdue_on = today
                await self._owe(transaction, moves, loaded, loaded.service.compensation)
        return len(late)

    async def owe_again(self) -> int:
        """Owe what is owed again because an order is still not done; tell for how many orders.

        An order that nobody looked at for years is found once for each time.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            found = await moves.orders.lock_owed_again(kyiv_date(now), limit=AT_ONCE)
            for order in found:
                loaded = await moves.load(order)
                row = loaded.service.repeated_compensation
                await self._owe(transaction, moves, loaded, (row,) if row else ())
        return len(found)

    async def lapse(self) -> int:
        """Move on what nobody has done anything about; tell how many.

        A draft, a question, a sum and a bill that nobody answers expire; an act is accepted by
        silence.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            moves = OrderMoves(transaction, now)
            lapsing = await moves.orders.lock_lapsing(kyiv_date(now), limit=AT_ONCE)
            for order in lapsing:
                loaded = await moves.load(order)
                is_done = order.state is OrderStatus.DONE
                target = OrderStatus.ACT_SIGNED if is_done else OrderStatus.EXPIRED
                facts = order.facts(loaded.service, loaded.fee)
                if target in possible(order.state, Side.SYSTEM, facts):
                    await moves.move(loaded, target, side=Side.SYSTEM)
                else:
                    order.lapses_on = None
        return len(lapsing)

    async def count_anew(self) -> int:
        """Count the last days of all running terms again, after the calendar has changed."""
        counted, after = 0, BEGINNING
        for _ in range(MOST_BATCHES):
            async with self.database.begin() as transaction:
                moves = OrderMoves(transaction, self.clock.now())
                running = await moves.orders.lock_running(after, limit=AT_ONCE)
                for order in running:
                    loaded = await moves.load(order)
                    await moves.count_anew(order, loaded.service)
            if not running:
                break
            counted, after = counted + len(running), running[-1].id
        return counted

    async def _owe(
        self,
        transaction: Transaction,
        moves: OrderMoves,
        loaded: LoadedOrder,
        rows: Sequence[CompensationRow],
    ) -> None:
        order, now = loaded.order, self.clock.now()
        order.times_owed += 1
        for row in rows:
            await moves.orders.add_compensation(
                OrderCompensation(
                    organization_id=order.organization_id,
                    id=new_id(),
                    order_id=order.id,
                    code=row.code,
                    occurrence=order.times_owed,
                    amount=row.amount,
                    basis=dict(row.basis),
                    status=CompensationStatus.DUE.value,
                    posting_id=None,
                    created_at=now,
                )
            )
        due_on = str(order.due_shifted_on)
        await moves.count_anew(order, loaded.service)
        await AuditWriter.of_nobody(transaction, order.organization_id, now).record(
            OrderAction.ORDER_COMPENSATED,
            subject_id=order.id,
            number=order.number,
            due_on=due_on,
            rows=[row.code for row in rows],
            times=order.times_owed,
        )
