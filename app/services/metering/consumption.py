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
from app.repositories.metering.consumption import BEFORE_ALL, ConsumptionView
from app.services.context import Context

PIECE: Final = 50
"""Accounts that are read and added up at once: some 20 ms for ten years of months."""
MOST_PIECES: Final = 200


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

        Accounts are read and added up a few at a time, so that neither memory nor the time
        between two other requests' turns grows with the cabinet.

        :raises TooManyAccounts: the cabinet is bigger than one answer.
        :raises RangeInvalid, SessionEnded, OwnershipPending, PermissionMissing: as above.
        """
        now = self.context.clock.now()
        question = _question(from_, to, energy, group_by, now)
        answer, after = Report(question), BEFORE_ALL
        async with self.context.database.connect() as connection:
            view = ConsumptionView(connection)
            for _ in range(MOST_PIECES):
                piece = await view.after_account(
                    credentials, after, most=PIECE, energy=energy, since=question.since, now=now
                )
                permitted(piece.caller, Permission.VIEW_CONSUMPTION)
                answer.add(piece.registers)
                if len(piece.account_ids) < PIECE:
                    return answer.consumption()
                after = piece.account_ids[-1]
        raise TooManyAccounts(most=MOST_PIECES * PIECE)

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
