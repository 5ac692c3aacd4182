from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.metering.shown_settlement import SettledSpan, ShownSettlement
from app.models.period import Period
from app.repositories.metering.settlements import SettlementView
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSettlementService:
    context: Context

    async def list_newest(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        from_: Period | None,
        to: Period | None,
        limit: int,
        cursor: str | None,
    ) -> Page[ShownSettlement]:
        """Return the periods of an account, newest first, each by its newest version.

        :raises RangeInvalid: the months end before they begin.
        :raises NotFound: the account is not in the caller's cabinet.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        span = SettledSpan.of(from_, to, today=kyiv_date(now))
        scope = f"settlements:{account_id}:{span.first}:{span.last}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        if asked.after is not None:
            span = SettledSpan(span.first, Period.parse(asked.after[0]).shifted(-1))
        async with self.context.database.connect() as connection:
            caller, found = await SettlementView(connection).list_newest(
                account_id, span=span, limit=asked.rows, credentials=credentials, now=now
            )
        permitted(caller, Permission.VIEW_CONSUMPTION)
        if found is None:
            raise NotFound
        return asked.page(found, lambda last: (str(last.period),))
