"""Invoices as members read them."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, bindparam, text

from app.access import Caller, Credentials, Permission, scopes_allowing
from app.models.billing.invoice import InvoiceKind, InvoiceStatus
from app.models.billing.shown import InvoiceDetail, InvoiceFilter, ShownInvoice, ShownLine
from app.models.money import Money
from app.models.period import Period
from app.repositories.callers import CALLER, CALLER_COLUMNS, LINKED, CallerView, caller_binds
from app.repositories.direct import DirectStatement

Position = tuple[date, UUID]
"""Day of issue and id of the last invoice shown."""

BEGINNING: Final[Position] = (date.max, UUID(int=2**128 - 1))

_scopes = ", ".join(f"'{scope.value}'" for scope in scopes_allowing(Permission.VIEW_BILLS))
BILLED: Final = f"""{LINKED},
billed AS NOT MATERIALIZED (
  SELECT * FROM linked WHERE is_own OR scope IN ({_scopes})
)"""  # noqa: S608 - made of constants
"""A CTE after `caller`: the accounts of the cabinet whose bills their companies let it see."""

OVER: Final = """(i.kind = 'planned' AND EXISTS (
         SELECT FROM invoices f
          WHERE f.organization_id = i.organization_id AND f.account_id = i.account_id
            AND f.period = i.period AND f.kind = 'final'))"""
"""Whether the final invoice of its month has taken the place of a planned one."""

_INVOICE: Final = f"""
    SELECT i.id, i.number, i.account_id, i.kind, i.period, i.issued_on, i.due_on, i.net,
           i.vat_rate, i.vat, i.total, i.corrects_id, i.organization_id, a.account_number,
           settled.paid,
           CASE WHEN settled.paid = i.total THEN 'paid'
                WHEN {OVER} THEN 'cancelled'
                WHEN i.due_on < :caller_today THEN 'overdue'
                WHEN settled.paid <> 0 THEN 'partially_paid'
                ELSE 'open' END AS status
      FROM billed b
      JOIN invoices i ON i.organization_id = b.account_organization_id
       AND i.account_id = b.account_id
      JOIN accounts a ON a.organization_id = i.organization_id AND a.id = i.account_id
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(p.paid), 0)::bigint AS paid FROM invoice_parts p
        WHERE p.organization_id = i.organization_id AND p.invoice_id = i.id
     ) settled"""  # noqa: S608 - made of constants

_LIST: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {BILLED}
SELECT {CALLER_COLUMNS}, found.*
  FROM caller LEFT JOIN LATERAL (
    SELECT shown.* FROM ({_INVOICE}
       WHERE (CAST(:account_id AS uuid) IS NULL OR i.account_id = :account_id)
         AND (CAST(:kind AS text) IS NULL OR i.kind = :kind)
         AND i.issued_on BETWEEN :first AND :last
         AND (i.issued_on, i.id) < (:after_day, :after_id)
    ) shown
     WHERE CAST(:status AS text) IS NULL OR shown.status = :status
     ORDER BY shown.issued_on DESC, shown.id DESC LIMIT :limit
  ) found ON true
 ORDER BY found.issued_on DESC, found.id DESC
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("kind", type_=Text),
        bindparam("status", type_=Text),
        bindparam("first", type_=Date),
        bindparam("last", type_=Date),
        bindparam("after_day", type_=Date),
        bindparam("after_id", type_=Uuid),
        bindparam("limit", type_=Integer),
    )
)

_GET: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {BILLED}
SELECT {CALLER_COLUMNS}, found.*, l.position, l.code, l.description, l.eic, l.quantity, l.unit,
       l.price, l.net AS line_net, l.vat AS line_vat, l.total AS line_total,
       CAST(l.basis AS text) AS basis
  FROM caller
  LEFT JOIN LATERAL ({_INVOICE} WHERE i.id = :invoice_id) found ON true
  LEFT JOIN invoice_lines l
    ON l.organization_id = found.organization_id AND l.invoice_id = found.id
 ORDER BY l.position
""").bindparams(*caller_binds(), bindparam("invoice_id", type_=Uuid))  # noqa: S608 - constants
)


_OF_PERIODS: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {BILLED}
SELECT {CALLER_COLUMNS}, found.*
  FROM caller LEFT JOIN LATERAL (
    SELECT i.id, i.period FROM billed b
      JOIN invoices i ON i.organization_id = b.account_organization_id
       AND i.account_id = b.account_id
     WHERE b.account_id = :account_id AND i.period = ANY(:periods)
     ORDER BY i.period, i.issued_on, i.id LIMIT :limit
  ) found ON true
 ORDER BY found.period, found.id
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("periods", type_=ARRAY(Date)),
        bindparam("limit", type_=Integer),
    )
)


class InvoiceView(CallerView):
    async def list_newest(
        self,
        chosen: InvoiceFilter,
        *,
        after: Position | None,
        limit: int,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, Sequence[ShownInvoice]]:
        day, invoice_id = after or BEGINNING
        caller, rows = await self._ask(
            _LIST,
            credentials,
            now=now,
            account_id=chosen.account_id,
            kind=chosen.kind,
            status=chosen.status,
            first=chosen.first,
            last=chosen.last,
            after_day=day,
            after_id=invoice_id,
            limit=limit,
        )
        return caller, [_invoice(row) for row in rows if row.id is not None]

    async def get(
        self, invoice_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, InvoiceDetail | None]:
        """Return an invoice with its lines; None when the caller may not see it."""
        caller, rows = await self._ask(_GET, credentials, now=now, invoice_id=invoice_id)
        if not rows or rows[0].id is None:
            return caller, None
        lines = [_line(row) for row in rows if row.position is not None]
        return caller, InvoiceDetail(_invoice(rows[0]), lines)

    async def of_periods(
        self,
        account_id: UUID,
        periods: Sequence[Period],
        *,
        most: int,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, dict[Period, list[UUID]]]:
        """Return the invoices that bill these months of an account, as far as they may be seen."""
        caller, rows = await self._ask(
            _OF_PERIODS,
            credentials,
            now=now,
            account_id=account_id,
            periods=[period.starts_on for period in periods],
            limit=most,
        )
        found: dict[Period, list[UUID]] = {}
        for row in rows:
            if row.id is not None:
                found.setdefault(Period.containing(row.period), []).append(row.id)
        return caller, found


def _invoice(row: Any) -> ShownInvoice:
    return ShownInvoice(
        id=row.id,
        number=row.number,
        account_id=row.account_id,
        account_number=row.account_number,
        kind=InvoiceKind(row.kind),
        period=Period.containing(row.period) if row.period else None,
        issued_on=row.issued_on,
        due_on=row.due_on,
        net=Money(row.net),
        vat_rate=row.vat_rate,
        vat=Money(row.vat),
        total=Money(row.total),
        paid=Money(row.paid),
        status=InvoiceStatus(row.status),
        corrects_id=row.corrects_id,
    )


def _line(row: Any) -> ShownLine:
    return ShownLine(
        position=row.position,
        code=row.code,
        description=row.description,
        eic=row.eic,
        quantity=row.quantity,
        unit=row.unit,
        price=row.price,
        net=Money(row.line_net),
        vat=Money(row.line_vat),
        total=Money(row.line_total),
        basis=json.loads(row.basis),
    )
