"""Batches meet single submissions, settlements and each other about the same registers."""

import asyncio
from collections import Counter
from random import Random

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.metering.reading import CURRENT, Reading
from app.models.metering.reading_receipt import ReadingReceipt
from app.models.metering.register import Register
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company, create_company
from tests.faults.locks import until_somebody_waits
from tests.steps.metering.batching import PAST, hand_in, of, outcomes, with_registers
from tests.steps.metering.submitting import submit

pytestmark = pytest.mark.committing
RANDOM = Random(13)  # noqa: S311 - not a secret, but the same each time
TASKS = 30
MODES = ("all_or_nothing", "independent")


@pytest.fixture
async def company(database: Database) -> Company:
    company = await create_company(database, history=PAST)
    await with_registers(database, company, 7)
    return company


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


@pytest.fixture
async def partner(database: Database) -> Company:
    company = await create_company(database, history=PAST)
    await with_registers(database, company, 7)
    return company


@pytest.fixture
async def partners_owner(
    database: Database, access_tokens: AccessTokens, partner: Company
) -> SignedIn:
    return await sign_in(database, access_tokens, partner)


async def test_batches_and_single_submissions_build_on_each_other(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    async def batch(number: int) -> int:
        chosen = RANDOM.sample(company.registers, k=6)
        response = await hand_in(
            client,
            owner,
            *(of(register, RANDOM.randint(1390, 1410)) for register in chosen),
            mode=MODES[number % 2],
        )
        assert set(outcomes(response)) <= {"recorded", "unchanged"}
        return response.status_code

    async def single(_: int) -> int:
        chosen = RANDOM.sample(company.registers, k=3)
        items = [of(register, RANDOM.randint(1390, 1410)) for register in chosen]
        return (await submit(client, owner, company, *items)).status_code

    statuses = await asyncio.gather(
        *(batch(number) for number in range(TASKS)), *(single(number) for number in range(TASKS))
    )

    assert set(statuses) <= {200, 201}
    await assert_consistent(database)


async def test_two_companies_that_submit_for_each_other_never_wait_in_a_ring(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    partners_owner: SignedIn,
    partner: Company,
) -> None:
    async with database.begin() as transaction:
        for shared, with_ in ((partner, owner), (company, partners_owner)):
            link: AccountLink = link_of(
                shared, linked_by=with_.member.organization_id, scope="readings"
            )
            transaction.add(link)

    async def batch(number: int) -> list[str]:
        who = (owner, partners_owner)[number % 2]
        chosen = RANDOM.sample(company.registers + partner.registers, k=10)
        values = (of(register, RANDOM.randint(1390, 1410)) for register in chosen)
        return outcomes(await hand_in(client, who, *values, mode=MODES[number // 2 % 2]))

    async def freeze(number: int) -> None:
        who = (owner, partners_owner)[number % 2]
        frozen = await client.put("/v1/cabinet-freeze", headers=who.headers)
        assert frozen.status_code == 204, frozen.text
        await client.delete("/v1/cabinet-freeze", headers=who.headers)

    found, _ = await asyncio.gather(
        asyncio.gather(*(batch(number) for number in range(TASKS))),
        asyncio.gather(*(freeze(number) for number in range(6))),
    )

    counted = Counter(code for codes in found for code in codes)
    assert counted.keys() <= {
        "recorded",
        "unchanged",
        "held_back",
        "register_not_found",
        "link_scope_missing",
    }
    assert counted["recorded"] > 0
    await assert_consistent(database)


@pytest.mark.parametrize(("mode", "stands"), [("independent", 250), ("all_or_nothing", 0)])
async def test_a_batch_that_breaks_off_leaves_whole_parts_and_may_be_repeated(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    mode: str,
    stands: int,
) -> None:
    await with_registers(database, company, 300 - len(company.registers), past={})
    items = [of(register, 1400) for register in company.registers]
    last = max(company.registers, key=lambda register: register.meter_id)
    async with database.begin() as transaction:
        await transaction.get_one(
            Register, (last.organization_id, last.id), with_for_update={"key_share": True}
        )
        request = asyncio.create_task(hand_in(client, owner, *items, mode=mode, key="once"))
        await until_somebody_waits(database)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)

    assert await readings(database) == stands
    again = await hand_in(client, owner, *items, mode=mode, key="once")
    assert Counter(outcomes(again)) == Counter(
        {"unchanged": stands, "recorded": 300 - stands} if stands else {"recorded": 300}
    )
    await assert_consistent(database)


async def readings(database: Database) -> int:
    async with database.begin() as transaction:
        found = await transaction.scalar(text("SELECT count(*) FROM readings WHERE source = 'api'"))
        return found or 0


async def assert_consistent(database: Database) -> None:
    """One value of a register stands, each revision has its receipt, and no chain has a gap."""
    async with database.begin() as transaction:
        handed_in = list(
            await transaction.scalars(select(Reading).where(Reading.receipt_id.is_not(None)))
        )
        registers = {each.id: each for each in await transaction.scalars(select(Register))}
        receipts = list(await transaction.scalars(select(ReadingReceipt)))
    current = [each.register_id for each in handed_in if each.status in CURRENT]
    versions = Counter(each.register_id for each in handed_in)

    assert len(current) == len(set(current))
    assert {each.receipt_id for each in handed_in} == {each.id for each in receipts}
    for register_id, count in versions.items():
        assert registers[register_id].revision == count
    for organization_id in {each.organization_id for each in receipts}:
        numbers = [each.number for each in receipts if each.organization_id == organization_id]
        assert sorted(numbers, key=lambda number: number or 0) == list(range(1, len(numbers) + 1))
