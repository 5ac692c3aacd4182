"""Settling periods, and what stands afterwards, as short as a test wants it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select, text

from app.database import Database
from app.models.metering.reading import CURRENT, Kind, Reading
from app.models.metering.reading_window import WindowRule
from app.models.metering.settlement import SettledPoint, SettledRegister, Settlement
from app.models.period import Period
from app.services.metering.settlements import SettlementService
from tests.factories.registry import Company, create_reading
from tests.fakes.clock import FrozenClock

WINDOW = WindowRule(opens_days_before=2, closes_on_day=3)
HISTORY = {f"2026-{month:02}": f"{1000 + 100 * month}" for month in range(3, 11)}
"""Read at the end of each month from March to October 2026, 100 kWh a month."""
RAISE = text("UPDATE registers SET revision = revision + 1 WHERE id = :id")
NOVEMBER_IS_CLOSED = datetime(2026, 12, 4, 8, 0, tzinfo=UTC)
"""The window of November 2026 closed at midnight, and those before it."""


def settlement_service(database: Database, now: datetime) -> SettlementService:
    """Return the use case at a moment, as a worker that has just started has it."""
    return SettlementService(database=database, clock=FrozenClock(now), window_rule=WINDOW)


async def settle_all(database: Database, now: datetime = NOVEMBER_IS_CLOSED) -> None:
    """Do all that a worker would, until nothing is left."""
    service = settlement_service(database, now)
    while await service.settle_due() or await service.correct_changed():
        pass


async def versions(database: Database, company: Company) -> dict[str, list[dict[str, Any]]]:
    """Return what each version says of the account's only point, oldest first, by period."""
    async with database.begin() as transaction:
        rows = await transaction.execute(
            select(Settlement, SettledPoint)
            .join(
                SettledPoint,
                (SettledPoint.organization_id == Settlement.organization_id)
                & (SettledPoint.settlement_id == Settlement.id),
            )
            .where(Settlement.account_id == company.account.id)
            .order_by(Settlement.period, Settlement.version)
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for settlement, point in rows:
            found.setdefault(str(Period.containing(settlement.period)), []).append(
                {
                    "version": settlement.version,
                    "amount": point.amount,
                    "difference": point.difference,
                    "is_estimated": point.is_estimated,
                }
            )
        return found


async def newest_amounts(database: Database, company: Company) -> dict[str, int | None]:
    found = await versions(database, company)
    return {period: each[-1]["amount"] for period, each in found.items()}


async def estimates(database: Database, company: Company) -> Sequence[Reading]:
    """Return the estimates that stand, oldest first."""
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Reading)
            .where(
                Reading.register_id.in_([register.id for register in company.registers]),
                Reading.kind == Kind.ESTIMATED,
                Reading.status.in_(CURRENT),
            )
            .order_by(Reading.read_on)
        )
        return found.all()


async def settled_registers(database: Database, company: Company) -> Sequence[SettledRegister]:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(SettledRegister).where(
                SettledRegister.organization_id == company.organization.id
            )
        )
        return found.all()


async def add_reading(
    database: Database, company: Company, *, period: str, value: str, version: int = 1
) -> Reading:
    """Add a value as every writer does: the one before steps back, the revision is raised."""
    async with database.begin() as transaction:
        await transaction.execute(
            text(
                "UPDATE readings SET status = 'superseded'"
                " WHERE register_id = :id AND period = CAST(:period AS date)"
            ),
            {"id": company.register.id, "period": date.fromisoformat(f"{period}-01")},
        )
        await transaction.execute(RAISE, {"id": company.register.id})
    return await create_reading(
        database, company.register, period=period, value=value, version=version
    )
