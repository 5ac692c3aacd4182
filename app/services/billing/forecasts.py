from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access import Caller, Credentials, Permission, Reach, may, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.billing.bill_forecast import (
    BillForecast,
    MeteredPoint,
    as_if_read,
    bill_forecast,
)
from app.models.billing.energy_charges import Tariffs
from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.recorded_reading import RecordedReading
from app.models.metering.register import Energy
from app.models.period import MONTHS, Period
from app.repositories.billing.billable import BillableRepository
from app.repositories.billing.metered_points import MeteredPointView
from app.repositories.metering.consumption import ConsumptionView
from app.services.context import Context


@dataclass(frozen=True, slots=True)
class Known:
    """What a forecast is made of, as far as it may be seen."""

    caller: Caller | None
    reach: Reach | None
    points: Sequence[MeteredPoint]
    registers: Sequence[MeteredRegister]


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
        question = _question(Period.containing(kyiv_date(now)))
        known = await self._known(credentials, account_id, question, now)
        permitted(known.caller, Permission.VIEW_BILLS)
        if known.reach is None:
            raise NotFound
        known.reach.require(Permission.VIEW_BILLS)
        return bill_forecast(question, known.points, known.registers, await self._tariffs())

    async def of_readings(
        self,
        credentials: Credentials,
        account_id: UUID,
        period: Period,
        values: Sequence[RecordedReading],
    ) -> BillForecast | None:
        """Tell what a month would come to, had its registers been read so.

        None to whoever may submit readings and see no bills.
        """
        question = _question(period)
        known = await self._known(credentials, account_id, question, self.context.clock.now())
        if known.caller is None or known.reach is None:
            return None
        if not may(known.caller, Permission.VIEW_BILLS, known.reach):
            return None
        registers = as_if_read(known.registers, values)
        return bill_forecast(question, known.points, registers, await self._tariffs())

    async def _known(
        self, credentials: Credentials, account_id: UUID, question: Question, now: datetime
    ) -> Known:
        async with self.context.database.connect() as connection:
            caller, reach, points = await MeteredPointView(connection).of_account(
                account_id, credentials=credentials, now=now
            )
            if reach is None:
                return Known(caller, None, points, ())
            metered = await ConsumptionView(connection).of_account(
                credentials,
                account_id,
                energy=question.energy,
                since=question.since,
                now=now,
            )
        return Known(caller, reach, points, metered.registers)

    async def _tariffs(self) -> Tariffs:
        async with self.context.database.begin() as transaction:
            return await BillableRepository(transaction).tariffs()


def _question(period: Period) -> Question:
    """Return what is asked about the energy of a month that is not billed yet."""
    return Question(
        first=period.shifted(-MONTHS),
        last=period,
        current=period,
        energy=Energy.ACTIVE_IMPORT,
        group_by=GroupBy.TOTAL,
    )
