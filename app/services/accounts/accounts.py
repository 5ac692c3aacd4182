from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.database import Connection
from app.errors import NotFound
from app.models.accounts.shown_account import AccountSummary, RegisterOnAccount, ShownAccount
from app.models.metering.window_book import WindowBook
from app.repositories.accounts.accounts import AccountView
from app.repositories.metering.reading_windows import KnownWindows
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True)
class MeterOnAccount:
    meter: RegisterOnAccount
    registers: list[RegisterOnAccount]


@dataclass(frozen=True, slots=True)
class PointOnAccount:
    id: UUID
    eic: str
    address: str
    valid_from: date | None
    valid_to: date | None
    meters: list[MeterOnAccount]


@dataclass(frozen=True, slots=True)
class AccountDetail:
    shown: ShownAccount
    metering_points: list[PointOnAccount]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountService:
    context: Context
    windows: KnownWindows

    async def list_by_number(
        self, credentials: Credentials, *, status: str | None, limit: int, cursor: str | None
    ) -> Page[ShownAccount]:
        """Return the accounts shown in the cabinet and those of the company it could show.

        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"accounts:{credentials.organization_id}:{status}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            caller, found = await AccountView(connection).list_by_number(
                status=status,
                after=asked.after[0] if asked.after else "",
                limit=asked.rows,
                credentials=credentials,
                now=now,
            )
            book = await self._book(connection, found)
        permitted(caller, Permission.VIEW_ACCOUNTS)
        shown = [ShownAccount.at(now, account, book) for account in found]
        return asked.page(shown, lambda last: (last.account.account_number,))

    async def get(self, credentials: Credentials, account_id: UUID) -> AccountDetail:
        """Return an account with its metering points, meters (removed ones too) and registers.

        :raises NotFound: the account is not in the caller's cabinet.
        """
        now = self.context.clock.now()
        async with self.context.database.connect() as connection:
            caller, account, registers = await AccountView(connection).get(
                account_id, credentials=credentials, now=now
            )
            book = await self._book(connection, [account] if account else [])
        permitted(caller, Permission.VIEW_ACCOUNTS)
        if account is None:
            raise NotFound
        return AccountDetail(ShownAccount.at(now, account, book), _metering_points(registers))

    async def _book(self, connection: Connection, found: Sequence[AccountSummary]) -> WindowBook:
        if not found:
            return self.windows.latest
        return await self.windows.at(connection, found[0].windows.version)


def _metering_points(registers: Iterable[RegisterOnAccount]) -> list[PointOnAccount]:
    # The rows come ordered by metering point and meter, so neighbours belong together.
    return [PointOnAccount(*tenure, _meters(rows)) for tenure, rows in groupby(registers, _tenure)]


def _tenure(row: RegisterOnAccount) -> tuple[UUID, str, str, date | None, date | None]:
    return row.metering_point_id, row.eic, row.point_address, row.valid_from, row.valid_to


def _meters(registers: Iterable[RegisterOnAccount]) -> list[MeterOnAccount]:
    meters = []
    for _, group in groupby(registers, lambda row: row.meter_id):
        rows = list(group)
        if rows[0].meter_id is not None:
            meters.append(MeterOnAccount(rows[0], [row for row in rows if row.register_id]))
    return meters
