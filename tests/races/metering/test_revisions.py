"""Everybody who writes about a register raises its revision: nobody builds on a stale past."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.limits import Limits
from app.models.metering.reading import CURRENT, Reading
from app.models.metering.register import Register
from app.models.metering.settings import MeteringSettings
from app.models.settings import ChosenSettings
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from app.services.context import Context
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company, create_register
from tests.fakes.clock import FrozenClock

pytestmark = pytest.mark.committing

TASKS = 45
BOTH_OPEN = datetime(2026, 12, 10, 10, tzinfo=UTC)
"""Windows from 31 days before the month's end to the 20th: November and December are open."""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(BOTH_OPEN)


@pytest.fixture
def context(
    database: Database, clock: FrozenClock, secret_key: SecretKey, limits: Limits
) -> Context:
    wide = MeteringSettings(reading_window_opens_days_before=31, reading_window_closes_on_day=20)
    return Context.of(
        database=database,
        clock=clock,
        secret_key=secret_key,
        limits=limits,
        settings=ChosenSettings((wide,)),
    )


@pytest.fixture
async def company(database: Database) -> Company:
    company = await create_company(database, history={"2026-10": "1000"})
    company.registers.append(
        await create_register(database, company.meter, code="2.8.0", energy="active_export")
    )
    return company


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    owner = await sign_in(database, access_tokens, company)
    token = access_tokens.issue(owner.credentials, now=BOTH_OPEN)
    owner.headers = {"Authorization": f"Bearer {token}"}
    return owner


async def submit(
    client: AsyncClient, owner: SignedIn, company: Company, period: str, *values: int
) -> Response:
    return await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={
            "period": period,
            "readings": [
                {"register_id": str(register.id), "value": str(value)}
                for register, value in zip(company.registers, values, strict=False)
            ],
            "confirm_unusual": True,
        },
        headers=owner.headers,
    )


async def current(database: Database, register: Register) -> list[Reading]:
    """Return the readings of a register that stand, oldest first."""
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Reading)
            .where(Reading.register_id == register.id, Reading.status.in_(CURRENT))
            .order_by(Reading.read_on)
        )
        return list(found)


async def revision(database: Database, register: Register) -> int:
    async with database.begin() as transaction:
        found = await transaction.get_one(Register, (register.organization_id, register.id))
        return found.revision


async def test_of_two_neighbouring_months_that_exclude_each_other_one_stands(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    answers = await asyncio.gather(
        submit(client, owner, company, "2026-11", 2000),
        submit(client, owner, company, "2026-12", 1500),
    )

    codes = sorted(answer.json().get("code", "") for answer in answers)
    assert codes in (["", "reading_above_next"], ["", "reading_below_previous"])
    assert len(await current(database, company.register)) == 2


async def test_submissions_of_neighbouring_months_leave_a_register_that_only_counts_up(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    random = Random(9)  # noqa: S311 - not a secret, but the same each time
    # No value twice: the same value again is the same reading, and raises no revision.
    values = [random.sample(range(1000, 2001), TASKS) for _ in company.registers]
    answers = await asyncio.gather(
        *(
            submit(client, owner, company, random.choice(["2026-11", "2026-12"]), *pair)
            for pair in zip(*values, strict=True)
        )
    )

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 201, 422}
    for register in company.registers:
        standing = [reading.value for reading in await current(database, register)]
        assert standing == sorted(standing)
        assert await revision(database, register) == statuses[201]


async def test_a_register_whose_value_is_the_same_again_keeps_its_revision(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    first = await submit(client, owner, company, "2026-11", 1124, 1500)
    other = await submit(client, owner, company, "2026-11", 1124, 1600)

    assert (first.status_code, other.status_code) == (201, 201)
    assert [await revision(database, each) for each in company.registers] == [1, 2]


async def test_registers_named_in_any_order_are_locked_in_one(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    there, back = company.registers, company.registers[::-1]
    turned = [
        Company(company.organization, company.account, company.meter, each)
        for each in (there, back)
    ]

    answers = await asyncio.gather(
        *(
            submit(client, owner, turned[number % 2], "2026-11", 1100 + number, 1100 + number)
            for number in range(TASKS)
        )
    )

    assert {answer.status_code for answer in answers} == {201}
    assert await revision(database, company.register) == TASKS
