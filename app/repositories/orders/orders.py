from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, func, select, text, update

from app.access import Credentials, Permission
from app.models.customers.account import Account
from app.models.customers.organization import Organization
from app.models.metering.metering_point import MeteringPoint
from app.models.orders.compensation import OrderCompensation
from app.models.orders.fee import OrderFee
from app.models.orders.order import NUMBERS, Order
from app.models.orders.order_detail import OrderOnAccount
from app.models.orders.order_event import OrderEvent, OrderMessage
from app.models.orders.order_status import ENDED, OrderStatus, Side
from app.repositories.base import Repository
from app.repositories.callers import CALLER, LINKED, caller_binds, caller_values
from app.repositories.orders.reach import scopes_for

_IDS: Final = text(
    f"WITH {CALLER}, {LINKED} "  # noqa: S608 - made of constants, values are bound
    "SELECT o.organization_id, o.id FROM linked "
    "JOIN orders o ON o.organization_id = linked.account_organization_id "
    "AND o.account_id = linked.account_id "
    "WHERE (linked.is_own OR linked.scope = ANY(:scopes)) AND o.id < :before "
    "AND (CAST(:account_id AS uuid) IS NULL OR o.account_id = :account_id) "
    "AND (CAST(:status AS text) IS NULL OR o.status = :status) "
    "AND (CAST(:service_code AS text) IS NULL OR o.service_code = :service_code) "
    "ORDER BY o.id DESC LIMIT :limit"
).bindparams(
    *caller_binds(),
    bindparam("scopes", type_=ARRAY(Text)),
    bindparam("before", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("status", type_=Text),
    bindparam("service_code", type_=Text),
    bindparam("limit", type_=Integer),
)
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
LAST_ID: Final = UUID(int=2**128 - 1)


class OrderRepository(Repository):
    async def add(self, order: Order) -> None:
        self._session.add(order)
        await self._session.flush()

    async def flush(self) -> None:
        await self._session.flush()

    async def next_number(self, year: int) -> str:
        return f"Z-{year}-{await self._session.scalar(NUMBERS):06}"

    async def count_open(self, organization_id: UUID, account_id: UUID) -> int:
        """Count the orders of an account that have not ended.

        Nobody else counts them, to place one more, until this transaction ends.
        """
        await self._session.execute(_ONE_AT_A_TIME, {"name": f"orders of {account_id}"})
        statement = select(func.count()).select_from(Order)
        found = await self._session.scalar(
            statement.where(
                Order.organization_id == organization_id,
                Order.account_id == account_id,
                Order.status.not_in([each.value for each in ENDED]),
            )
        )
        return found or 0

    async def open_one(
        self, organization_id: UUID, service_code: str, only_one_for: UUID
    ) -> UUID | None:
        """Return the open order of a service for a point, or an account."""
        return await self._session.scalar(
            select(Order.id).where(
                Order.organization_id == organization_id,
                Order.service_code == service_code,
                Order.only_one_for == only_one_for,
            )
        )

    async def claim_only_one(self, order: Order, only_one_for: UUID) -> UUID | None:
        """Make an order the open one of its service; return the other one, if there is.

        Of two at once the second waits until the first has committed, and is then told.
        """
        name = f"{order.organization_id}:{order.service_code}:{only_one_for}"
        await self._session.execute(_ONE_AT_A_TIME, {"name": name})
        other = await self.open_one(order.organization_id, order.service_code, only_one_for)
        if other is None:
            order.only_one_for = only_one_for
        return None if other == order.id else other

    async def list_ids(
        self,
        credentials: Credentials,
        *,
        now: datetime,
        before: UUID,
        limit: int,
        account_id: UUID | None,
        status: str | None,
        service_code: str | None,
    ) -> Sequence[tuple[UUID, UUID]]:
        """Return the keys of the orders that a caller sees, newest first."""
        values = caller_values(credentials, now) | {
            "scopes": scopes_for(Permission.VIEW_ORDERS),
            "before": before,
            "limit": limit,
            "account_id": account_id,
            "status": status,
            "service_code": service_code,
        }
        rows = await self._session.execute(_IDS, values)
        return [(row.organization_id, row.id) for row in rows]

    async def get_many(self, keys: Sequence[tuple[UUID, UUID]]) -> Sequence[OrderOnAccount]:
        """Return orders with what a list shows of them, in the order of the keys."""
        ids = [order_id for _, order_id in keys]
        rows = await self._session.execute(
            select(Order, Account.account_number, Account.address, MeteringPoint.eic, Organization)
            .join(
                Account,
                (Account.organization_id == Order.organization_id)
                & (Account.id == Order.account_id),
            )
            .join(Organization, Organization.id == Order.organization_id)
            .outerjoin(
                MeteringPoint,
                (MeteringPoint.organization_id == Order.organization_id)
                & (MeteringPoint.id == Order.metering_point_id),
            )
            .where(
                Order.organization_id.in_({organization_id for organization_id, _ in keys}),
                Order.id.in_(ids),
            )
        )
        found = {row[0].id: _on_account(row) for row in rows}
        return [found[order_id] for order_id in ids]

    async def fees(self, orders: Sequence[Order]) -> dict[UUID, OrderFee]:
        rows = await self._session.scalars(
            select(OrderFee).where(
                OrderFee.organization_id.in_({order.organization_id for order in orders}),
                OrderFee.order_id.in_([order.id for order in orders]),
            )
        )
        return {fee.order_id: fee for fee in rows}

    async def fee(self, order: Order) -> OrderFee | None:
        return (await self.fees([order])).get(order.id)

    async def compensations(self, order: Order) -> Sequence[OrderCompensation]:
        found = await self._session.scalars(
            select(OrderCompensation)
            .where(
                OrderCompensation.organization_id == order.organization_id,
                OrderCompensation.order_id == order.id,
            )
            .order_by(OrderCompensation.id)
        )
        return found.all()

    async def events(self, order: Order) -> Sequence[OrderEvent]:
        found = await self._session.scalars(
            select(OrderEvent)
            .where(
                OrderEvent.organization_id == order.organization_id,
                OrderEvent.order_id == order.id,
            )
            .order_by(OrderEvent.happened_at, OrderEvent.id)
        )
        return found.all()

    async def messages(self, order: Order) -> Sequence[OrderMessage]:
        found = await self._session.scalars(
            select(OrderMessage)
            .where(
                OrderMessage.organization_id == order.organization_id,
                OrderMessage.order_id == order.id,
            )
            .order_by(OrderMessage.sent_at, OrderMessage.id)
        )
        return found.all()

    async def count_messages(self, order: Order) -> int:
        statement = select(func.count()).select_from(OrderMessage)
        found = await self._session.scalar(
            statement.where(
                OrderMessage.organization_id == order.organization_id,
                OrderMessage.order_id == order.id,
            )
        )
        return found or 0

    async def mark_read(self, order: Order, *, by: Side, now: datetime) -> None:
        """Mark what the other sides have written as read."""
        await self._session.execute(
            update(OrderMessage)
            .where(
                OrderMessage.organization_id == order.organization_id,
                OrderMessage.order_id == order.id,
                OrderMessage.side != by.value,
                OrderMessage.read_at.is_(None),
            )
            .values(read_at=now)
        )

    async def add_row(self, row: OrderEvent | OrderMessage | OrderFee) -> None:
        self._session.add(row)

    async def add_compensation(self, row: OrderCompensation) -> bool:
        """Add what is owed; False when it is owed already."""
        return await self._insert(row)

    async def find_by_number(self, number: str) -> Order | None:
        return await self._session.scalar(select(Order).where(Order.number == number))

    async def lock_by_number(self, number: str) -> Order | None:
        return await self._session.scalar(
            select(Order).where(Order.number == number).with_for_update(key_share=True)
        )

    async def work_list(self, *, status: str | None, limit: int) -> Sequence[Order]:
        """Return the orders that the operator has to do with, the earliest due first."""
        statement = select(Order).where(Order.number.is_not(None))
        if status is None:
            statement = statement.where(
                Order.status.not_in([each.value for each in (*ENDED, OrderStatus.DONE)])
            )
        else:
            statement = statement.where(Order.status == status)
        found = await self._session.scalars(
            statement.order_by(Order.due_shifted_on.nulls_last(), Order.id).limit(limit)
        )
        return found.all()

    async def lock_late(self, today: date, *, limit: int) -> Sequence[Order]:
        """Return orders whose last day has passed and that nobody has found yet."""
        found = await self._session.scalars(
            select(Order)
            .where(Order.due_shifted_on < today, Order.overdue_on.is_(None))
            .order_by(Order.due_shifted_on)
            .limit(limit)
            .with_for_update(key_share=True, skip_locked=True)
        )
        return found.all()

    async def lock_owed_again(self, today: date, *, limit: int) -> Sequence[Order]:
        """Return orders whose compensation is owed once more."""
        found = await self._session.scalars(
            select(Order)
            .where(Order.owed_again_after < today)
            .order_by(Order.owed_again_after)
            .limit(limit)
            .with_for_update(key_share=True, skip_locked=True)
        )
        return found.all()

    async def lock_lapsing(self, today: date, *, limit: int) -> Sequence[Order]:
        """Return orders that move on because nobody has done anything."""
        found = await self._session.scalars(
            select(Order)
            .where(Order.lapses_on <= today)
            .order_by(Order.lapses_on)
            .limit(limit)
            .with_for_update(key_share=True, skip_locked=True)
        )
        return found.all()

    async def lock_running(self, after: UUID, *, limit: int) -> Sequence[Order]:
        """Return orders whose clock runs, to count their last day anew."""
        found = await self._session.scalars(
            select(Order)
            .where(Order.due_shifted_on.is_not(None), Order.stopped_on.is_(None), Order.id > after)
            .order_by(Order.id)
            .limit(limit)
            .with_for_update(key_share=True)
        )
        return found.all()


def _on_account(row: Any) -> OrderOnAccount:
    order, account_number, address, eic, company = row
    return OrderOnAccount(
        order=order,
        account_number=account_number,
        address=address,
        eic=eic,
        tax_id=company.tax_id,
        organization_name=company.name,
    )
