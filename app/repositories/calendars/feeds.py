"""What an address of a calendar opens: whose it is, and the dates that this member sees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    TextClause,
    Uuid,
    bindparam,
    text,
)

from app.access import Permission, Role, scopes_allowing
from app.clock import kyiv_date, kyiv_midnight
from app.models.calendars.feed import CalendarReader, InvoiceDue, OrderDates, Span
from app.models.identity.calendar_link import company_of
from app.models.money import Money
from app.models.orders.order_status import STOPPED
from app.repositories.base import Repository
from app.repositories.billing.invoice_views import BILLED, OVER
from app.repositories.callers import LET_IN, LINKED
from app.security.secrets import digest
from app.texts import Locale

_READER: Final = f"""
caller AS MATERIALIZED (
  SELECT m.organization_id, m.id AS member_id, m.role, m.account_ids, m.locale,
         coalesce(o.ownership_proven_at <= :caller_now, false) AS owns
    FROM calendar_links k
    JOIN members m ON m.organization_id = k.organization_id AND m.id = k.member_id
    JOIN organizations o ON o.id = m.organization_id
   WHERE k.organization_id = :link_company AND k.secret_hash = :secret_hash
     AND {LET_IN}
)"""  # noqa: S608 - made of constants, values are bound
"""Instead of a session: the member whose address it is, while they are let in."""


def _statement(body: str) -> TextClause:
    found = text(f"WITH {_READER}, {body}").bindparams(
        bindparam("link_company", type_=Uuid),
        bindparam("secret_hash", type_=LargeBinary),
        bindparam("caller_now", type_=DateTime(timezone=True)),
        bindparam("caller_today", type_=Date),
    )
    types: dict[str, Any] = {
        "since": Date,
        "until": Date,
        "since_moment": DateTime(timezone=True),
        "until_moment": DateTime(timezone=True),
        "scopes": ARRAY(Text),
        "stopped": ARRAY(Text),
        "limit": Integer,
    }
    asked = [bindparam(name, type_=kind) for name, kind in types.items() if f":{name}" in body]
    return found.bindparams(*asked)


_WHO: Final = _statement(f"""{LINKED}
SELECT caller.organization_id, caller.member_id, caller.role, caller.locale, caller.owns,
       EXISTS (SELECT FROM linked) AS has_accounts
  FROM caller""")  # noqa: S608 - made of constants

_ORDERS: Final = _statement(f"""{LINKED}
SELECT o.id, o.number, v.definition -> 'title' AS title, a.account_number, a.address,
       CASE WHEN o.status <> ALL(:stopped) AND o.due_shifted_on BETWEEN :since AND :until
            THEN o.due_shifted_on END AS due_on,
       p.starts_at, p.ends_at
  FROM linked
  JOIN orders o ON o.organization_id = linked.account_organization_id
   AND o.account_id = linked.account_id
  JOIN accounts a ON a.organization_id = o.organization_id AND a.id = o.account_id
  JOIN service_versions v ON v.code = o.service_code AND v.version = o.service_version
  LEFT JOIN order_appointments p ON p.organization_id = o.organization_id AND p.order_id = o.id
   AND p.starts_at BETWEEN :since_moment AND :until_moment
 WHERE (linked.is_own OR linked.scope = ANY(:scopes)) AND o.number IS NOT NULL
   AND (p.starts_at IS NOT NULL
        OR o.status <> ALL(:stopped) AND o.due_shifted_on BETWEEN :since AND :until)
 ORDER BY o.id DESC LIMIT :limit""")  # noqa: S608 - made of constants

_INVOICES: Final = _statement(f"""{BILLED}
SELECT i.id, i.number, a.account_number, i.due_on, open.outstanding
  FROM billed b
  JOIN invoices i ON i.organization_id = b.account_organization_id
   AND i.account_id = b.account_id
  JOIN accounts a ON a.organization_id = i.organization_id AND a.id = i.account_id
 CROSS JOIN LATERAL (
   SELECT sum(p.total - p.paid)::bigint AS outstanding FROM invoice_parts p
    WHERE p.organization_id = i.organization_id AND p.invoice_id = i.id
 ) open
 WHERE i.due_on BETWEEN :since AND :until AND open.outstanding > 0 AND NOT {OVER}
 ORDER BY i.due_on DESC, i.id LIMIT :limit""")  # noqa: S608 - made of constants


class FeedRepository(Repository):
    """Every statement finds the member anew: who is shut out meanwhile reads no more."""

    async def reader(self, address: str, *, now: datetime) -> CalendarReader | None:
        row = (await self._session.execute(_WHO, _values(address, now))).one_or_none()
        if row is None:
            return None
        return CalendarReader(
            link_id=f"{row.organization_id}:{row.member_id}",
            role=Role(row.role),
            owns=row.owns,
            locale=Locale(row.locale),
            has_accounts=row.has_accounts,
        )

    async def orders(self, address: str, asked: Span) -> Sequence[OrderDates]:
        """Return orders with a date between two days, the newest first."""
        rows = await self._session.execute(
            _ORDERS,
            _values(address, asked.now)
            | {
                "since": asked.since,
                "until": asked.until,
                "since_moment": kyiv_midnight(asked.since),
                "until_moment": kyiv_midnight(asked.until),
                "scopes": [each.value for each in scopes_allowing(Permission.VIEW_ORDERS)],
                "stopped": sorted(STOPPED),
                "limit": asked.limit,
            },
        )
        return [
            OrderDates(
                id=row.id,
                number=row.number,
                title=row.title,
                account_number=row.account_number,
                address=row.address,
                due_on=row.due_on,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
            for row in rows
        ]

    async def invoices(self, address: str, asked: Span) -> Sequence[InvoiceDue]:
        """Return invoices that are due between two days and not paid, the latest due first."""
        span = {"since": asked.since, "until": asked.until, "limit": asked.limit}
        rows = await self._session.execute(_INVOICES, _values(address, asked.now) | span)
        return [
            InvoiceDue(
                id=row.id,
                number=row.number,
                account_number=row.account_number,
                due_on=row.due_on,
                outstanding=Money(row.outstanding),
            )
            for row in rows
        ]


def _values(address: str, now: datetime) -> dict[str, Any]:
    return {
        "link_company": company_of(address),
        "secret_hash": digest(address),
        "caller_now": now,
        "caller_today": kyiv_date(now),
    }
