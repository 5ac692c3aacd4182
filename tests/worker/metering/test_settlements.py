"""What the worker settles, estimates and corrects."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.models.metering.energy.estimates import EstimateMethod
from tests.factories.registry import (
    Company,
    create_company,
    create_reading,
    create_register,
)
from tests.steps.metering.settling import (
    HISTORY,
    NOVEMBER_IS_CLOSED,
    add_reading,
    estimates,
    newest_amounts,
    settle_all,
    settled_registers,
    settlement_service,
    versions,
)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history=HISTORY)


async def test_periods_that_were_read_are_settled_as_they_stand(
    database: Database, company: Company
) -> None:
    await settle_all(database, datetime(2026, 11, 4, 8, 0, tzinfo=UTC))

    assert await versions(database, company) == {
        period: [{"version": 1, "amount": 100, "difference": 100, "is_estimated": False}]
        for period in ("2026-08", "2026-09", "2026-10")
    }
    assert list(await estimates(database, company)) == []


async def test_nothing_is_settled_before_its_window_has_closed(
    database: Database, company: Company
) -> None:
    # Midnight in Kyiv between 3 and 4 December.
    closes_at = datetime(2026, 12, 3, 22, 0, tzinfo=UTC)

    await settle_all(database, closes_at - timedelta(seconds=1))
    before = await newest_amounts(database, company)
    await settle_all(database, closes_at)

    assert "2026-11" not in before
    assert (await newest_amounts(database, company))["2026-11"] == 98


async def test_who_did_not_read_is_estimated_and_the_estimate_says_how(
    database: Database, company: Company
) -> None:
    await settle_all(database)

    [estimate] = await estimates(database, company)
    assert (estimate.read_on, estimate.value, estimate.source, estimate.estimate_method) == (
        date(2026, 12, 1),
        Decimal("2097.800"),
        "operator",
        EstimateMethod.RECENT_AVERAGE,
    )
    assert (estimate.version, estimate.status, estimate.event) == (1, "accepted", "periodic")
    [newest] = [each for each in await settled_registers(database, company) if each.estimate_method]
    assert (newest.opening, newest.closing, newest.kind) == (
        Decimal("2000.000"),
        Decimal("2097.800"),
        "estimated",
    )


async def test_settling_twice_is_settling_once(database: Database, company: Company) -> None:
    await settle_all(database)
    once = await versions(database, company)
    await settle_all(database)

    assert await versions(database, company) == once
    assert len(await estimates(database, company)) == 1


async def test_a_later_actual_value_makes_the_difference_and_edits_nothing(
    database: Database, company: Company
) -> None:
    await settle_all(database)
    await add_reading(database, company, period="2026-12", value="2162")
    await settle_all(database, datetime(2027, 1, 5, tzinfo=UTC))

    found = await versions(database, company)

    # 162 units over 61 days: November has 30 of them.
    assert found["2026-11"] == [
        {"version": 1, "amount": 98, "difference": 98, "is_estimated": True},
        {"version": 2, "amount": 80, "difference": -18, "is_estimated": True},
    ]
    assert found["2026-12"] == [
        {"version": 1, "amount": 82, "difference": 82, "is_estimated": True}
    ]


async def test_a_value_that_comes_within_the_month_corrects_without_waiting_for_its_end(
    database: Database, company: Company
) -> None:
    await settle_all(database)
    await add_reading(database, company, period="2026-11", value="2090", version=2)
    service = settlement_service(database, NOVEMBER_IS_CLOSED)

    tally = await service.correct_changed()

    assert tally is not None
    assert tally.corrected_months == 1
    assert (await versions(database, company))["2026-11"][1:] == [
        {"version": 2, "amount": 90, "difference": -8, "is_estimated": False}
    ]
    assert await service.correct_changed() is None


async def test_the_operators_correction_moves_the_estimates_that_stand_on_it(
    database: Database, company: Company
) -> None:
    await settle_all(database)
    await add_reading(database, company, period="2026-10", value="2100", version=2)
    await settle_all(database)

    [estimate] = await estimates(database, company)
    found = await versions(database, company)

    assert (estimate.value, estimate.version) == (Decimal("2230.400"), 2)
    assert [each["difference"] for each in found["2026-10"]] == [100, 100]
    assert [each["difference"] for each in found["2026-11"]] == [98, 32]


async def test_an_unread_register_without_a_past_stays_unknown_until_it_is_read(
    database: Database,
) -> None:
    company = await create_company(database, history={"2026-10": "5"})
    await settle_all(database)
    unknown = await versions(database, company)
    await add_reading(database, company, period="2026-11", value="25")
    await settle_all(database)

    assert unknown["2026-11"] == [
        {"version": 1, "amount": None, "difference": None, "is_estimated": True}
    ]
    assert (await versions(database, company))["2026-11"][1:] == [
        {"version": 2, "amount": 20, "difference": 20, "is_estimated": False}
    ]


@pytest.mark.usefixtures("company")
async def test_what_is_settled_cannot_be_changed(database: Database) -> None:
    await settle_all(database)

    for statement in ("UPDATE settlements SET version = 9", "DELETE FROM settled_points"):
        with pytest.raises(DBAPIError, match="only added"):
            async with database.begin() as transaction:
                await transaction.execute(text(statement))


async def test_an_account_without_a_running_meter_is_not_settled(database: Database) -> None:
    company = await create_company(database)
    async with database.begin() as transaction:
        await transaction.execute(
            text("UPDATE meters SET removed_on = '2026-08-01' WHERE id = :id"),
            {"id": company.meter.id},
        )

    await settle_all(database)

    assert await versions(database, company) == {}


async def test_an_account_with_impossible_values_keeps_nobody_else_from_being_settled(
    database: Database, company: Company
) -> None:
    # More energy than any column holds: nine digits, each of them a hundred million times.
    poisoned = await create_company(database)
    register = await create_register(
        database, poisoned.meter, code="1.8.1", digits=9, multiplier=Decimal(99_999_999)
    )
    for period, value in (("2026-09", "0"), ("2026-10", "999999999")):
        await create_reading(database, register, period=period, value=value)

    await settle_all(database)

    assert "2026-10" not in await newest_amounts(database, poisoned)
    assert (await newest_amounts(database, company))["2026-10"] == 100
