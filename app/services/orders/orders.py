from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.errors import NotFound
from app.models.orders.order_detail import OrderDetail, OrderSummary
from app.repositories.callers import CallerRepository
from app.repositories.orders.moves import OrderMoves
from app.repositories.orders.orders import LAST_ID
from app.repositories.orders.reach import ReachRepository
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders: of one account, in one status, of one service."""

    account_id: UUID | None = None
    status: str | None = None
    service_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderService:
    """Shows the orders of the accounts in a cabinet."""

    context: Context

    async def list_newest_first(
        self, credentials: Credentials, which: OrderFilter, *, limit: int, cursor: str | None
    ) -> Page[OrderSummary]:
        """Return the orders that the caller sees; of other companies' accounts with scope `all`.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"orders:{credentials.organization_id}:{which}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.begin() as transaction:
            permitted(
                await CallerRepository(transaction).see(credentials, now=now),
                Permission.VIEW_ORDERS,
            )
            moves = OrderMoves(transaction, now)
            keys = await moves.orders.list_ids(
                credentials,
                now=now,
                before=UUID(asked.after[0]) if asked.after else LAST_ID,
                limit=asked.rows,
                account_id=which.account_id,
                status=which.status,
                service_code=which.service_code,
            )
            found = await moves.summaries(keys)
        return asked.page(found, lambda last: (str(last.order.id),))

    async def get(self, credentials: Credentials, order_id: UUID) -> OrderDetail:
        """Return an order with its clock, its messages and its history.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: not about an account of the caller's cabinet.
        :raises LinkScopeMissing: another company's account, without the scope for orders.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            permitted(
                await CallerRepository(transaction).see(credentials, now=now),
                Permission.VIEW_ORDERS,
            )
            reached = await ReachRepository(transaction).order(order_id, credentials, now=now)
            if reached is None:
                raise NotFound
            reached.reach.require(Permission.VIEW_ORDERS)
            return await OrderMoves(transaction, now).detail((reached.organization_id, order_id))
