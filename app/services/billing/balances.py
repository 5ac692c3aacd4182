from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.billing.shown import (
    MOST_POSTINGS,
    AccountBalance,
    CabinetTotals,
    Days,
    Statement,
    StatementTooLong,
)
from app.repositories.billing.balance_views import BEFORE_ALL, BalanceView
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True)
class CabinetBalance:
    totals: CabinetTotals
    page: Page[AccountBalance]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceService:
    context: Context

    @property
    def today(self) -> date:
        """The day in Kyiv by which debts are overdue or not."""
        return kyiv_date(self.context.clock.now())

    async def of_account(self, credentials: Credentials, account_id: UUID) -> AccountBalance:
        """Tell what an account owes and has paid before.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises LinkScopeMissing: its company does not let the caller's see its bills.
        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        """
        async with self.context.database.connect() as connection:
            caller, reach, balance = await BalanceView(connection).of_account(
                account_id, credentials=credentials, now=self.context.clock.now()
            )
        permitted(caller, Permission.VIEW_BILLS)
        if reach is None or balance is None:
            raise NotFound
        reach.require(Permission.VIEW_BILLS)
        return balance

    async def of_cabinet(
        self, credentials: Credentials, *, limit: int, cursor: str | None
    ) -> CabinetBalance:
        """Tell what all accounts owe together, and the next of them each.

        :raises CursorInvalid: the cursor belongs to another list.
        """
        scope = f"balance:{credentials.organization_id}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            caller, totals, found = await BalanceView(connection).of_cabinet(
                after=UUID(asked.after[0]) if asked.after else BEFORE_ALL,
                limit=asked.rows,
                credentials=credentials,
                now=self.context.clock.now(),
            )
        permitted(caller, Permission.VIEW_BILLS)
        return CabinetBalance(totals, asked.page(found, lambda last: (str(last.account_id),)))

    async def statement(
        self, credentials: Credentials, account_id: UUID, *, first: date | None, last: date | None
    ) -> Statement:
        """Tell what moved an account's balance between two days: the reconciliation act's rows.

        :raises StatementRangeInvalid: see `Days.of`.
        :raises StatementTooLong: the days have more postings than one statement holds.
        :raises NotFound, LinkScopeMissing: as above.
        """
        now = self.context.clock.now()
        days = Days.of(first, last, today=kyiv_date(now))
        async with self.context.database.connect() as connection:
            caller, reach, statement = await BalanceView(connection).statement(
                account_id, days, most=MOST_POSTINGS + 1, credentials=credentials, now=now
            )
        permitted(caller, Permission.VIEW_BILLS)
        if reach is None or statement is None:
            raise NotFound
        reach.require(Permission.VIEW_BILLS)
        if len(statement.rows) > MOST_POSTINGS:
            raise StatementTooLong(most=MOST_POSTINGS)
        return statement
