from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.access import PERMISSIONS, Credentials, Permission, permitted
from app.errors import NotFound
from app.models.billing.shown import InvoiceDetail, InvoiceFilter, ShownInvoice
from app.models.period import Period
from app.repositories.billing.invoice_views import InvoiceView, Position
from app.security.cursors import Page
from app.services.context import Context

MOST_OF_PERIODS: Final = 2000
"""Ten documents for each of the 200 months on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceService:
    context: Context

    async def list_newest(
        self,
        credentials: Credentials,
        chosen: InvoiceFilter,
        *,
        limit: int,
        cursor: str | None,
    ) -> Page[ShownInvoice]:
        """Return the invoices of the cabinet's accounts, newest first.

        Another company's account is there if its link's scope is `bills` or `all`.

        :raises CursorInvalid: the cursor belongs to another list.
        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        """
        scope = f"invoices:{credentials.organization_id}:{chosen}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            caller, found = await InvoiceView(connection).list_newest(
                chosen,
                after=_position(asked.after) if asked.after else None,
                limit=asked.rows,
                credentials=credentials,
                now=self.context.clock.now(),
            )
        permitted(caller, Permission.VIEW_BILLS)
        return asked.page(found, lambda last: (last.issued_on.isoformat(), str(last.id)))

    async def get(self, credentials: Credentials, invoice_id: UUID) -> InvoiceDetail:
        """Return an invoice with its lines.

        :raises NotFound: there is none that the caller may see.
        """
        async with self.context.database.connect() as connection:
            caller, invoice = await InvoiceView(connection).get(
                invoice_id, credentials=credentials, now=self.context.clock.now()
            )
        permitted(caller, Permission.VIEW_BILLS)
        if invoice is None:
            raise NotFound
        return invoice

    async def of_periods(
        self, credentials: Credentials, account_id: UUID, periods: Sequence[Period]
    ) -> Mapping[Period, Sequence[UUID]]:
        """Return the invoices that bill months of an account; none to whoever may see no bills."""
        async with self.context.database.connect() as connection:
            caller, found = await InvoiceView(connection).of_periods(
                account_id,
                periods,
                most=MOST_OF_PERIODS,
                credentials=credentials,
                now=self.context.clock.now(),
            )
        sees = caller is not None and Permission.VIEW_BILLS in PERMISSIONS[caller.role]
        return found if sees else {}


def _position(place: tuple[str, ...]) -> Position:
    day, invoice_id = place
    return date.fromisoformat(day), UUID(invoice_id)
