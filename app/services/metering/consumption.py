from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access import (
    Credentials,
    Permission,
    permitted,
)
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.consumption.report import Consumption, report
from app.models.metering.register import Energy
from app.models.period import Period
from app.repositories.metering.consumption import ConsumptionView
from app.services.context import Context


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
        if not metered.has_account:
            raise NotFound
        return report(question, metered.histories)

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

        :raises RangeInvalid, SessionEnded, OwnershipPending, PermissionMissing: as above.
        """
        now = self.context.clock.now()
        question = _question(from_, to, energy, group_by, now)
        async with self.context.database.connect() as connection:
            metered = await ConsumptionView(connection).of_cabinet(
                credentials, energy=energy, since=question.since, now=now
            )
        permitted(metered.caller, Permission.VIEW_CONSUMPTION)
        return report(question, metered.histories)


def _question(
    from_: Period | None, to: Period | None, energy: Energy, group_by: GroupBy, now: datetime
) -> Question:
    return Question.of(from_, to, energy=energy, group_by=group_by, today=kyiv_date(now))
