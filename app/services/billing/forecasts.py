from dataclasses import dataclass
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.billing.bill_forecast import BillForecast, bill_forecast
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.register import Energy
from app.repositories.billing.billable import BillableRepository
from app.repositories.billing.metered_points import MeteredPointView
from app.repositories.metering.consumption import ConsumptionView
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class BillForecastService:
    context: Context

    async def of_account(self, credentials: Credentials, account_id: UUID) -> BillForecast:
        """Tell what the running month of an account will come to.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises LinkScopeMissing: its company does not let the caller's see its bills.
        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        """
        now = self.context.clock.now()
        question = Question.of(
            None,
            None,
            energy=Energy.ACTIVE_IMPORT,
            group_by=GroupBy.TOTAL,
            today=kyiv_date(now),
        )
        async with self.context.database.connect() as connection:
            caller, reach, points = await MeteredPointView(connection).of_account(
                account_id, credentials=credentials, now=now
            )
            permitted(caller, Permission.VIEW_BILLS)
            if reach is None:
                raise NotFound
            reach.require(Permission.VIEW_BILLS)
            metered = await ConsumptionView(connection).of_account(
                credentials,
                account_id,
                energy=question.energy,
                since=question.since,
                now=now,
            )
        async with self.context.database.begin() as transaction:
            tariffs = await BillableRepository(transaction).tariffs()
        return bill_forecast(question, points, metered.registers, tariffs)
