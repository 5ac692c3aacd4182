"""Orders whose paper has not been made yet, and what stands in one."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, Uuid, bindparam, or_, select, text

from app.models.billing.books import OF_BALANCE, Book
from app.models.billing.ledger import LedgerAccount
from app.models.billing.posting import DocumentType, PostingKind
from app.models.billing.shown import AccountBalance, Days, Statement, StatementRow
from app.models.metering.meter import Meter
from app.models.metering.metering_point import MeteringPoint
from app.models.metering.register import Register
from app.models.money import ZERO, Money, total
from app.models.orders.order import Order
from app.models.payments.papers import PassportMeter, PassportRegister
from app.repositories.base import Repository
from app.repositories.billing.invoices import InvoiceRepository

Key = tuple[UUID, UUID]

TRIED_FOR: Final = timedelta(days=1)
"""After this an order whose paper cannot be made is the staff's."""
_of_balance = ", ".join(f"'{kind.value}'" for kind in sorted(OF_BALANCE))

_WAITING: Final = text("""
SELECT o.organization_id, o.id
  FROM orders o
  JOIN service_versions v ON v.code = o.service_code AND v.version = o.service_version
 WHERE o.due_shifted_on IS NOT NULL AND o.overdue_on IS NULL AND o.status = 'registered'
   AND o.submitted_at > :since AND v.definition ? 'paper'
 ORDER BY o.id LIMIT :limit
""").bindparams(
    bindparam("since", type_=DateTime(timezone=True)), bindparam("limit", type_=Integer)
)
_MOVED: Final = f"""
SELECT t.id, t.effective_on, t.recorded_at, t.kind, t.document_type, t.document_id,
       t.document_number, sum(e.amount)::bigint AS amount
  FROM ledger_accounts k
  JOIN ledger_entries e ON e.ledger_account_id = k.id
  JOIN ledger_transactions t ON t.id = e.transaction_id
 WHERE k.organization_id = :organization_id AND k.account_id = :account_id
   AND k.kind IN ({_of_balance}) AND t.effective_on <= :last
 GROUP BY t.id HAVING sum(e.amount) <> 0"""  # noqa: S608 - made of constants
_BINDS: Final = (
    bindparam("organization_id", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("last", type_=Date),
    bindparam("first", type_=Date),
)
_OPENING: Final = text(
    f"SELECT coalesce(sum(amount), 0)::bigint FROM ({_MOVED}) m "  # noqa: S608 - made of constants
    "WHERE effective_on < :first"
).bindparams(*_BINDS)
_ROWS: Final = text(
    f"SELECT * FROM ({_MOVED}) m WHERE effective_on >= :first "  # noqa: S608 - made of constants
    "ORDER BY effective_on, recorded_at, id LIMIT :limit"
).bindparams(*_BINDS, bindparam("limit", type_=Integer))


class OrderPaperRepository(Repository):
    async def waiting(self, *, now: datetime, limit: int) -> Sequence[Key]:
        """Return orders of self-service whose paper is to be made, the oldest first."""
        rows = await self._session.execute(_WAITING, {"since": now - TRIED_FOR, "limit": limit})
        return [(row.organization_id, row.id) for row in rows]

    async def get(self, key: Key) -> Order:
        return await self._session.get_one(Order, key)

    async def lock(self, key: Key) -> Order:
        """Return the order; until the transaction ends nobody else moves it."""
        return await self._session.get_one(
            Order, key, with_for_update={"key_share": True}, populate_existing=True
        )

    async def statement(self, account: Key, days: Days, *, most: int) -> Statement:
        """Return what moved an account's balance, oldest first, and up to `most` rows of it."""
        values: dict[str, Any] = {
            "organization_id": account[0],
            "account_id": account[1],
            "first": days.first,
            "last": days.last,
        }
        opening = Money(int(await self._session.scalar(_OPENING, values) or 0))
        rows = await self._session.execute(_ROWS, values | {"limit": most})
        return Statement(days=days, opening=opening, rows=[_row(row) for row in rows])

    async def balance(self, account: Key, number: str, today: date) -> AccountBalance:
        """Return what an account owes on a day, and has paid before."""
        parts = await InvoiceRepository(self._session).open_parts([account])
        due = [each for each in parts if not each.is_disputed]
        advances = await self._session.get(LedgerAccount, Book.advances(*account).id)
        return AccountBalance(
            account_id=account[1],
            account_number=number,
            to_pay=total(each.outstanding for each in due),
            overdue=total(each.outstanding for each in due if each.due_on < today),
            disputed=total(each.outstanding for each in parts if each.is_disputed),
            prepaid=-advances.balance if advances else ZERO,
            next_due=None,
            last_payment=None,
        )

    async def point(self, key: Key) -> MeteringPoint:
        return await self._session.get_one(MeteringPoint, key)

    async def meters(self, point: MeteringPoint, today: date) -> list[PassportMeter]:
        """Return the meters at a point on a day, with their registers."""
        meters = await self._session.scalars(
            select(Meter)
            .where(
                Meter.organization_id == point.organization_id,
                Meter.metering_point_id == point.id,
                or_(Meter.removed_on.is_(None), Meter.removed_on > today),
            )
            .order_by(Meter.serial_number)
        )
        return [await self._meter(meter) for meter in meters.all()]

    async def _meter(self, meter: Meter) -> PassportMeter:
        registers = await self._session.scalars(
            select(Register)
            .where(Register.organization_id == meter.organization_id, Register.meter_id == meter.id)
            .order_by(Register.code)
        )
        return PassportMeter(
            serial_number=meter.serial_number,
            model=meter.model,
            installed_on=meter.installed_on,
            verification_due_on=meter.verification_due_on,
            is_remote=meter.is_remote,
            registers=[
                PassportRegister(
                    code=each.code,
                    energy=each.energy,
                    zone=each.zone,
                    digits=each.digits,
                    decimals=each.decimals,
                    multiplier=each.multiplier,
                )
                for each in registers
            ],
        )


def _row(row: Any) -> StatementRow:
    return StatementRow(
        id=row.id,
        posted_on=row.effective_on,
        kind=PostingKind(row.kind),
        document_type=DocumentType(row.document_type) if row.document_type else None,
        document_id=row.document_id,
        document_number=row.document_number,
        amount=Money(row.amount),
    )
