"""What accounts owe, and how it came about, as members read it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, Uuid, bindparam, text

from app.access import Caller, Credentials, LinkScope, Reach
from app.models.billing.books import OF_BALANCE
from app.models.billing.posting import DocumentType, PostingKind
from app.models.billing.shown import (
    AccountBalance,
    CabinetTotals,
    Days,
    Due,
    ReceivedPayment,
    Statement,
    StatementRow,
)
from app.models.money import Money
from app.repositories.billing.invoice_views import BILLED, OVER
from app.repositories.callers import CALLER, CALLER_COLUMNS, LINKED, CallerView, caller_binds
from app.repositories.direct import DirectStatement

BEFORE_ALL: Final = UUID(int=0)

_of_balance = ", ".join(f"'{kind.value}'" for kind in sorted(OF_BALANCE))

_OWED: Final = f"""
  LEFT JOIN LATERAL (
    SELECT coalesce(sum(p.total - p.paid) FILTER (WHERE p.disputed_at IS NULL), 0)::bigint
             AS to_pay,
           coalesce(sum(p.total - p.paid) FILTER (
             WHERE p.disputed_at IS NULL AND i.due_on < :caller_today), 0)::bigint AS overdue,
           coalesce(sum(p.total - p.paid) FILTER (WHERE p.disputed_at IS NOT NULL), 0)::bigint
             AS disputed
      FROM invoices i
      JOIN invoice_parts p ON p.organization_id = i.organization_id AND p.invoice_id = i.id
       AND p.paid < p.total
     WHERE i.organization_id = b.account_organization_id AND i.account_id = b.account_id
       AND NOT {OVER}
  ) owed ON true
  LEFT JOIN LATERAL (
    SELECT -k.balance AS prepaid FROM ledger_accounts k
     WHERE k.organization_id = b.account_organization_id AND k.account_id = b.account_id
       AND k.kind = 'advances'
  ) advances ON true"""  # noqa: S608 - made of constants
_NEWS: Final = f"""
  LEFT JOIN LATERAL (
    SELECT i.due_on AS next_due_on, sum(p.total - p.paid)::bigint AS next_due
      FROM invoices i
      JOIN invoice_parts p ON p.organization_id = i.organization_id AND p.invoice_id = i.id
       AND p.paid < p.total AND p.disputed_at IS NULL
     WHERE i.organization_id = b.account_organization_id AND i.account_id = b.account_id
       AND i.due_on >= :caller_today AND NOT {OVER}
     GROUP BY i.due_on ORDER BY i.due_on LIMIT 1
  ) due ON true
  LEFT JOIN LATERAL (
    SELECT t.effective_on AS received_on, -sum(e.amount)::bigint AS received,
           EXISTS (SELECT FROM ledger_entries c
                     JOIN ledger_accounts k ON k.id = c.ledger_account_id AND k.kind = 'clearing'
                    WHERE c.transaction_id = t.id) AS is_card
      FROM ledger_accounts k
      JOIN ledger_entries e ON e.ledger_account_id = k.id
      JOIN ledger_transactions t ON t.id = e.transaction_id AND t.kind = 'payment'
       AND t.reverses_id IS NULL
     WHERE k.organization_id = b.account_organization_id AND k.account_id = b.account_id
       AND k.kind IN ({_of_balance})
       AND NOT EXISTS (SELECT FROM ledger_transactions u WHERE u.reverses_id = t.id)
     GROUP BY t.id HAVING sum(e.amount) < 0
     ORDER BY t.effective_on DESC, t.recorded_at DESC LIMIT 1
  ) paid ON true"""  # noqa: S608 - made of constants

_OF_ACCOUNT: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, b.account_id, b.is_own, b.scope, a.account_number, owed.*,
       advances.prepaid, due.*, paid.*
  FROM caller
  LEFT JOIN linked b ON b.account_id = :account_id
  LEFT JOIN accounts a ON a.organization_id = b.account_organization_id AND a.id = b.account_id
  {_OWED}{_NEWS}
""").bindparams(*caller_binds(), bindparam("account_id", type_=Uuid))  # noqa: S608 - constants
)

# The sums are of all accounts, the rows of the page asked for.
_OF_CABINET: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {BILLED},
page AS MATERIALIZED (
  SELECT b.* FROM billed b WHERE b.account_id > :after ORDER BY b.account_id LIMIT :limit
),
sums AS MATERIALIZED (
  SELECT coalesce(sum(owed.to_pay), 0)::bigint AS all_to_pay,
         coalesce(sum(owed.overdue), 0)::bigint AS all_overdue,
         coalesce(sum(owed.disputed), 0)::bigint AS all_disputed,
         coalesce(sum(advances.prepaid), 0)::bigint AS all_prepaid
    FROM billed b {_OWED}
)
SELECT {CALLER_COLUMNS}, sums.*, b.account_id, a.account_number, owed.*, advances.prepaid,
       due.*, paid.*
  FROM caller CROSS JOIN sums
  LEFT JOIN page b ON true
  LEFT JOIN accounts a ON a.organization_id = b.account_organization_id AND a.id = b.account_id
  {_OWED}{_NEWS}
 ORDER BY b.account_id
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("after", type_=Uuid),
        bindparam("limit", type_=Integer),
    )
)

_STATEMENT: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED},
moved AS MATERIALIZED (
  SELECT t.id, t.effective_on, t.recorded_at, t.kind, t.document_type, t.document_id,
         t.document_number, sum(e.amount)::bigint AS amount
    FROM linked b
    JOIN ledger_accounts k ON k.organization_id = b.account_organization_id
     AND k.account_id = b.account_id AND k.kind IN ({_of_balance})
    JOIN ledger_entries e ON e.ledger_account_id = k.id
    JOIN ledger_transactions t ON t.id = e.transaction_id
   WHERE b.account_id = :account_id AND t.effective_on <= :last
   GROUP BY t.id HAVING sum(e.amount) <> 0
)
SELECT {CALLER_COLUMNS}, b.account_id, b.is_own, b.scope, before.opening, m.*
  FROM caller
  LEFT JOIN linked b ON b.account_id = :account_id
 CROSS JOIN (
   SELECT coalesce(sum(amount), 0)::bigint AS opening FROM moved WHERE effective_on < :first
 ) before
  LEFT JOIN LATERAL (
    SELECT * FROM moved WHERE effective_on >= :first
     ORDER BY effective_on, recorded_at, id LIMIT :limit
  ) m ON true
 ORDER BY m.effective_on, m.recorded_at, m.id
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("first", type_=Date),
        bindparam("last", type_=Date),
        bindparam("limit", type_=Integer),
    )
)


class BalanceView(CallerView):
    async def of_account(
        self, account_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, Reach | None, AccountBalance | None]:
        """Return what an account owes; no reach when the cabinet does not show it."""
        caller, rows = await self._ask(_OF_ACCOUNT, credentials, now=now, account_id=account_id)
        if not rows or rows[0].account_id is None:
            return caller, None, None
        return caller, _reach(rows[0]), _balance(rows[0])

    async def of_cabinet(
        self, *, after: UUID, limit: int, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, CabinetTotals, Sequence[AccountBalance]]:
        """Return the sums of all accounts, and the next accounts in the order of their ids."""
        caller, rows = await self._ask(_OF_CABINET, credentials, now=now, after=after, limit=limit)
        if not rows:
            return caller, CabinetTotals(), []
        sums = CabinetTotals(
            to_pay=Money(rows[0].all_to_pay),
            overdue=Money(rows[0].all_overdue),
            disputed=Money(rows[0].all_disputed),
            prepaid=Money(rows[0].all_prepaid),
        )
        return caller, sums, [_balance(row) for row in rows if row.account_id is not None]

    async def statement(
        self, account_id: UUID, days: Days, *, most: int, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, Reach | None, Statement | None]:
        """Return what moved an account's balance, oldest first, and up to `most` rows of it."""
        caller, rows = await self._ask(
            _STATEMENT,
            credentials,
            now=now,
            account_id=account_id,
            first=days.first,
            last=days.last,
            limit=most,
        )
        if not rows or rows[0].account_id is None:
            return caller, None, None
        moved = [_row(row) for row in rows if row.id is not None]
        return (
            caller,
            _reach(rows[0]),
            Statement(days=days, opening=Money(rows[0].opening), rows=moved),
        )


def _reach(row: Any) -> Reach:
    return Reach(row.is_own, LinkScope(row.scope))


def _balance(row: Any) -> AccountBalance:
    return AccountBalance(
        account_id=row.account_id,
        account_number=row.account_number,
        to_pay=Money(row.to_pay),
        overdue=Money(row.overdue),
        disputed=Money(row.disputed),
        prepaid=Money(row.prepaid or 0),
        next_due=Due(Money(row.next_due), row.next_due_on) if row.next_due_on else None,
        last_payment=_payment(row.received, row.received_on, is_card=row.is_card),
    )


def _payment(
    received: int | None, received_on: date | None, *, is_card: bool | None
) -> ReceivedPayment | None:
    if received is None or received_on is None:
        return None
    return ReceivedPayment(Money(received), received_on, "card" if is_card else "bank_transfer")


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
