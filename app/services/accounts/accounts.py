from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.errors import NotFound
from app.models.accounts.shown_account import RegisterOnAccount, ShownAccount
from app.models.metering.reading_window import WindowRule
from app.repositories.accounts.accounts import AccountView
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
    window_rule: WindowRule

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
        permitted(caller, Permission.VIEW_ACCOUNTS)
        window = self.window_rule.current(now)
        shown = [ShownAccount.at(now, account, window) for account in found]
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
        permitted(caller, Permission.VIEW_ACCOUNTS)
        if account is None:
            raise NotFound
        window = self.window_rule.current(now)
        return AccountDetail(ShownAccount.at(now, account, window), _metering_points(registers))


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
