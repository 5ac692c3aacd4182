"""By what right a cabinet shows an account or an order; None is what a stranger gets."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select, text

from app.access import Credentials, LinkScope, Permission, Reach, scopes_allowing
from app.models.customers.account_link import AccountLink
from app.models.metering.metering_point import MeteringPoint
from app.models.orders.order import Order
from app.repositories.base import Repository
from app.repositories.callers import CALLER, LINKED, caller_binds, caller_values

_ACCOUNT: Final = text(
    f"WITH {CALLER}, {LINKED} "  # noqa: S608 - made of constants, values are bound
    "SELECT * FROM linked WHERE account_id = :account_id"
).bindparams(*caller_binds(), bindparam("account_id", type_=Uuid))

_ORDER: Final = text(
    f"WITH {CALLER}, {LINKED} "  # noqa: S608 - the same
    "SELECT linked.* "
    "FROM linked JOIN orders o ON o.organization_id = linked.account_organization_id "
    "AND o.account_id = linked.account_id WHERE o.id = :order_id"
).bindparams(*caller_binds(), bindparam("order_id", type_=Uuid))


@dataclass(frozen=True, slots=True)
class ReachedAccount:
    """Whose account it is, and what the caller's company may do with it."""

    organization_id: UUID
    account_id: UUID
    reach: Reach


class ReachRepository(Repository):
    async def account(
        self, account_id: UUID, credentials: Credentials, *, now: datetime
    ) -> ReachedAccount | None:
        values = caller_values(credentials, now) | {"account_id": account_id}
        return _reached((await self._session.execute(_ACCOUNT, values)).one_or_none())

    async def order(
        self, order_id: UUID, credentials: Credentials, *, now: datetime
    ) -> ReachedAccount | None:
        values = caller_values(credentials, now) | {"order_id": order_id}
        return _reached((await self._session.execute(_ORDER, values)).one_or_none())

    async def hold(
        self, reached: ReachedAccount | None, credentials: Credentials
    ) -> ReachedAccount | None:
        """Return what is reached by a link, which nobody ends or narrows until the end of this.

        Whoever did so a moment ago was first. An own account needs no link held.
        """
        if reached is None or reached.reach.is_own:
            return reached
        found = (
            await self._session.execute(
                select(func.coalesce(AccountLink.scope, LinkScope.VIEW.value))
                .where(
                    AccountLink.organization_id == credentials.organization_id,
                    AccountLink.account_id == reached.account_id,
                    AccountLink.ended_at.is_(None),
                )
                .with_for_update(read=True)
            )
        ).one_or_none()
        if found is None:
            return None
        return replace(reached, reach=Reach(is_own=False, scope=LinkScope(found[0])))

    async def has_point(
        self, metering_point_id: UUID, *, organization_id: UUID, account_id: UUID, today: date
    ) -> bool:
        """Tell whether a metering point belongs to the account on a day."""
        found = await self._session.scalar(
            select(MeteringPoint.id).where(
                MeteringPoint.organization_id == organization_id,
                MeteringPoint.id == metering_point_id,
                MeteringPoint.account_id == account_id,
                or_(MeteringPoint.valid_to.is_(None), MeteringPoint.valid_to > today),
            )
        )
        return found is not None

    async def get_order(self, reached: ReachedAccount, order_id: UUID) -> Order:
        return await self._session.get_one(Order, (reached.organization_id, order_id))

    async def lock_order(self, reached: ReachedAccount, order_id: UUID) -> Order:
        """Return the order; until the transaction ends nobody else moves or changes it."""
        return await self._session.get_one(
            Order, (reached.organization_id, order_id), with_for_update={"key_share": True}
        )


def scopes_for(permission: Permission) -> list[str]:
    """Return the scopes of links that show other companies' orders, for SQL."""
    return [scope.value for scope in scopes_allowing(permission)]


def _reached(row: Any | None) -> ReachedAccount | None:
    if row is None:
        return None
    reach = Reach(row.is_own, LinkScope(row.scope))
    return ReachedAccount(row.account_organization_id, row.account_id, reach)
