"""What SQL adds up for a whole cabinet is what the rule of energy tells of each register."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import delete

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.metering.consumption.question import GroupBy, Question
from app.models.metering.consumption.report import Consumption, report
from app.models.metering.meter import Meter
from app.models.metering.register import Energy, Register
from app.models.metering.register_scale import RegisterScale
from app.models.period import Period
from app.repositories.metering.cabinet_consumption import CabinetConsumptionView
from app.repositories.metering.consumption import BEFORE_ALL, ConsumptionView
from app.services.context import Context
from app.services.metering.consumption import ConsumptionService, TooManyAccounts
from tests.factories.people import SignedIn, link
from tests.factories.registry import (
    Company,
    create_company,
    create_meter,
    create_reading,
    create_register,
)
from tests.fakes.clock import NOON
from tests.rounds import few_or_many

FIRST: Final = Period(2025, 1)
MONTHS: Final = 23
"""Up to November 2026, the month that runs."""
ZONES: Final = (["total"], ["total"], ["day", "night"], ["total", "day", "night"])
ODDITIES: Final = (
    "falls",
    "falls",
    "is estimated",
    "has holes",
    "is in review",
    "counts in another way",
)


@pytest.mark.parametrize("cabinets", few_or_many(range(25), range(25, 250)))
async def test_sql_and_the_rule_agree(
    context: Context, database: Database, company: Company, owner: SignedIn, cabinets: range
) -> None:
    service = ConsumptionService(context=context)
    for seed in cabinets:
        random = Random(seed)  # noqa: S311 - numbers for tests
        friend = await create_company(database)
        async with database.begin() as transaction:
            transaction.add(link(friend, linked_by=company.organization.id))
        for _ in range(random.randint(1, 3)):
            await add_meter(database, friend, random)
        group_by = random.choice([GroupBy.ZONE, GroupBy.TOTAL, GroupBy.REGISTER])
        first = FIRST.shifted(random.randint(0, 20))

        summed = await service.of_cabinet(
            owner.credentials,
            from_=first,
            to=None,
            energy=Energy.ACTIVE_IMPORT,
            group_by=group_by,
        )

        assert summed == await by_the_rule(context, owner, summed.question), f"seed {seed}"
        # Each seed has a cabinet of its own: one that grows is slow to add up by the rule.
        async with database.begin() as transaction:
            await transaction.execute(
                delete(AccountLink).where(AccountLink.account_id == friend.account.id)
            )


async def test_a_cabinet_that_is_too_big_is_shown_in_pages_only(
    context: Context, database: Database, company: Company, owner: SignedIn
) -> None:
    friend = await create_company(database)
    service = ConsumptionService(context=context, most_accounts=1)
    asked: dict[str, Any] = {"from_": None, "to": None, "energy": Energy.ACTIVE_IMPORT}
    await service.of_cabinet(owner.credentials, group_by=GroupBy.TOTAL, **asked)
    async with database.begin() as transaction:
        transaction.add(link(friend, linked_by=company.organization.id))

    with pytest.raises(TooManyAccounts) as refused:
        await service.of_cabinet(owner.credentials, group_by=GroupBy.TOTAL, **asked)
    page = await service.by_account(owner.credentials, limit=1, cursor=None, **asked)

    assert refused.value.facts == {"most": 1}
    assert page.next_cursor is not None


async def by_the_rule(context: Context, owner: SignedIn, question: Question) -> Consumption:
    """Return the answer as Python makes it of all values."""
    async with context.database.connect() as connection:
        metered = await ConsumptionView(connection).after_account(
            owner.credentials,
            BEFORE_ALL,
            most=1000,
            energy=question.energy,
            since=question.since,
            now=NOON,
        )
    return report(question, metered.registers)


async def add_meter(database: Database, company: Company, random: Random) -> None:
    """Add a meter: most have run for long, some were installed or removed meanwhile."""
    changes: dict[str, Any] = {"installed_on": date(2020, 1, 1)}
    if random.random() < 0.3:
        changes["installed_on"] = date(2025, random.randint(1, 12), random.choice([1, 10]))
    if random.random() < 0.3:
        changes["removed_on"] = date(2026, random.randint(1, 11), random.choice([1, 20]))
    meter = await create_meter(database, company.account, **changes)
    for zone in random.choice(ZONES):
        register = await create_register(
            database,
            meter,
            code=f"1.8.{zone}",
            zone=zone,
            digits=5,
            multiplier=Decimal(random.choice(["1", "40", "0.333"])),
        )
        oddity = random.choice(ODDITIES) if random.random() < 0.5 else ""
        if oddity == "counts in another way":
            await add_scales(database, register)
        await add_readings(database, meter, register, random, oddity)


async def add_scales(database: Database, register: Register) -> None:
    async with database.begin() as transaction:
        for valid_from, zone, multiplier in (
            (date(2025, 1, 1), "total", 7),
            (date(2026, 3, 1), register.zone, register.multiplier),
        ):
            transaction.add(
                RegisterScale(
                    organization_id=register.organization_id,
                    register_id=register.id,
                    valid_from=valid_from,
                    digits=register.digits,
                    decimals=register.decimals,
                    multiplier=Decimal(multiplier),
                    zone=zone,
                )
            )


async def add_readings(
    database: Database, meter: Meter, register: Register, random: Random, oddity: str
) -> None:
    value = Decimal(random.randint(0, 99999))
    first = random.randint(0, 12)
    for place in range(first, random.randint(first, MONTHS - 1)):
        period, is_odd = FIRST.shifted(place), random.random() < 0.3
        value = (value + Decimal(random.randint(0, 9000)) / 10) % 100_000
        changes: dict[str, Any] = {}
        if not meter.installed_on <= period.ends_on <= (meter.removed_on or date.max):
            continue
        if is_odd and oddity == "has holes":
            continue
        if is_odd and oddity == "falls":
            value /= 2
            value = value.quantize(Decimal("0.1"))
        if is_odd and oddity == "is estimated":
            changes["kind"] = "estimated"
        if is_odd and oddity == "is in review":
            changes["status"] = random.choice(["in_review", "rejected"])
        await create_reading(database, register, period=str(period), value=str(value), **changes)


async def test_even_registers_do_not_leave_the_database(
    context: Context, database: Database, company: Company, owner: SignedIn
) -> None:
    register = await create_register(database, company.meter, code="1.8.9")
    question = Question.of(
        None, None, energy=Energy.ACTIVE_IMPORT, group_by=GroupBy.TOTAL, today=NOON.date()
    )
    asked: dict[str, Any] = {
        "most": 10,
        "energy": question.energy,
        "since": question.since,
        "now": NOON,
    }
    async with context.database.connect() as connection:
        view = CabinetConsumptionView(connection)
        added_up = await view.after_account(owner.credentials, BEFORE_ALL, adds_up=True, **asked)
        one_by_one = await view.after_account(owner.credentials, BEFORE_ALL, adds_up=False, **asked)

    assert [month.energy for month in added_up.months] == [100] * 6
    assert sum(spell.registers for spell in added_up.spells) == 2
    assert added_up.registers == []
    assert one_by_one.months == []
    assert {each.register_id for each in one_by_one.registers} == {
        company.register.id,
        register.id,
    }
