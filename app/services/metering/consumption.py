from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access import (
    Credentials,
    Permission,
    permitted,
)
from app.clock import kyiv_date
from app.errors import Invalid, NotFound
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.consumption.report import Consumption, Report, report
from app.models.metering.register import Energy
from app.models.period import Period
from app.repositories.metering.cabinet_consumption import CabinetConsumptionView
from app.repositories.metering.consumption import BEFORE_ALL, ConsumptionView
from app.services.context import Context

PIECE: Final = 200
"""Accounts that are read and added up at once."""
MOST_ACCOUNTS: Final = 10_000
"""Accounts in one answer."""


class TooManyAccounts(Invalid):
    """The cabinet has more accounts than are added up at once; `group_by=account` shows pages."""

    code = "too_many_accounts"


@dataclass(frozen=True, slots=True)
class ConsumptionPage:
    consumption: Consumption
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionService:
    context: Context
    most_accounts: int = MOST_ACCOUNTS

    async def of_account(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        from_: Period | None,
        to: Period | None,
        energy: Energy,
        group_by: GroupBy,
    ) -> Consumption:
        """Tell what an account consumed month by month.

        :raises RangeInvalid: see `Question.of`.
        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: no such account in the caller's cabinet.
        """
        now = self.context.clock.now()
        question = _question(from_, to, energy, group_by, now)
        async with self.context.database.connect() as connection:
            metered = await ConsumptionView(connection).of_account(
                credentials, account_id, energy=energy, since=question.since, now=now
            )
        permitted(metered.caller, Permission.VIEW_CONSUMPTION)
        if not metered.account_ids:
            raise NotFound
        return report(question, metered.registers)

    async def of_cabinet(
        self,
        credentials: Credentials,
        *,
        from_: Period | None,
        to: Period | None,
        energy: Energy,
        group_by: GroupBy,
    ) -> Consumption:
        """Tell what all accounts of the caller's cabinet consumed together.

        Even registers are summed by the database, a few accounts at a time, so that neither
        memory nor the time between two other requests' turns grows with the cabinet.

        :raises TooManyAccounts: the cabinet is bigger than one answer.
        :raises RangeInvalid, SessionEnded, OwnershipPending, PermissionMissing: as above.
        """
        now = self.context.clock.now()
        question = _question(from_, to, energy, group_by, now)
        answer, after, left = Report(question), BEFORE_ALL, self.most_accounts
        async with self.context.database.connect() as connection:
            view = CabinetConsumptionView(connection)
            while True:
                piece = await view.after_account(
                    credentials,
                    after,
                    most=PIECE,
                    energy=energy,
                    since=question.since,
                    now=now,
                    adds_up=group_by in {GroupBy.TOTAL, GroupBy.ZONE},
                )
                permitted(piece.caller, Permission.VIEW_CONSUMPTION)
                left -= piece.accounts
                if left < 0:
                    raise TooManyAccounts(most=self.most_accounts)
                answer.add_even(piece.months, piece.spells)
                answer.add(piece.registers)
                if piece.accounts < PIECE or piece.last_account_id is None:
                    return answer.consumption()
                after = piece.last_account_id

    async def by_account(
        self,
        credentials: Credentials,
        *,
        from_: Period | None,
        to: Period | None,
        energy: Energy,
        limit: int,
        cursor: str | None,
    ) -> ConsumptionPage:
        """Tell what each of the cabinet's next accounts consumed, and these together.

        :raises CursorInvalid: the cursor belongs to another list.
        :raises RangeInvalid, SessionEnded, OwnershipPending, PermissionMissing: as above.
        """
        now = self.context.clock.now()
        question = _question(from_, to, energy, GroupBy.ACCOUNT, now)
        scope = f"consumption:{energy}:{question.first}:{question.last}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            found = await ConsumptionView(connection).after_account(
                credentials,
                UUID(asked.after[0]) if asked.after else BEFORE_ALL,
                most=asked.rows,
                energy=energy,
                since=question.since,
                now=now,
            )
        permitted(found.caller, Permission.VIEW_CONSUMPTION)
        page = asked.page(found.account_ids, lambda account_id: (str(account_id),))
        shown = frozenset(page.items)
        return ConsumptionPage(
            report(question, (each for each in found.registers if each.account_id in shown)),
            page.next_cursor,
        )


def _question(
    from_: Period | None, to: Period | None, energy: Energy, group_by: GroupBy, now: datetime
) -> Question:
    return Question.of(from_, to, energy=energy, group_by=group_by, today=kyiv_date(now))
