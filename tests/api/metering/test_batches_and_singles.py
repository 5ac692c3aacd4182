"""A batch leaves what the same readings leave when they are submitted one after another."""

from decimal import Decimal
from random import Random

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.metering.reading import Reading
from app.models.metering.register import Register
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_account, create_company
from tests.steps.accounts.linking import link
from tests.steps.metering.batching import PAST, hand_in, of, outcomes, with_registers
from tests.steps.metering.submitting import submit

ROUNDS = 3
VALUES = ("1400", "1401.5", "1402", "1200", "1300", "1400.55", "12000000", "1700", "9000", "1310")
Placed = tuple[SignedIn, Company, Register]
Shown = list[tuple[int, Decimal, str, list[str], Decimal]]


async def cabinet(database: Database, tokens: AccessTokens) -> tuple[SignedIn, Company]:
    """Return one of two like cabinets: three accounts with five registers each."""
    company = await create_company(database, history=PAST)
    return await sign_in(database, tokens, company), company


@pytest.mark.parametrize("seed", range(4))
async def test_independent_items_are_single_submissions(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - not a secret, but the same each time
    ours: list[Placed] = []
    theirs: list[Placed] = []
    for registers in (ours, theirs):
        owner, company = await cabinet(database, access_tokens)
        registers.append((owner, company, company.register))
        for _ in range(2):
            account = await create_account(database, company.organization)
            await link(client, owner, account)
            part = Company(company.organization, account, company.meter)
            more = await with_registers(database, part, 5)
            registers += [(owner, part, register) for register in more]

    for _ in range(ROUNDS):
        values = [random.choice(VALUES) for _ in ours]
        order = random.sample(range(len(ours)), k=len(ours))
        confirmed = random.random() < 0.5
        batch = await hand_in(
            client,
            ours[0][0],
            *(of(ours[index][2], values[index]) for index in order),
            mode="independent",
            confirm_unusual=confirmed,
        )
        single = [
            await one(client, *theirs[index], values[index], confirm_unusual=confirmed)
            for index in order
        ]

        assert outcomes(batch) == single
        for (_, _, register), (_, _, like) in zip(ours, theirs, strict=True):
            assert await shown(database, register) == await shown(database, like)


async def one(
    client: AsyncClient,
    who: SignedIn,
    company: Company,
    register: Register,
    value: str,
    **body: bool,
) -> str:
    response = await submit(client, who, company, of(register, value), **body)
    if response.status_code in {200, 201}:
        return "recorded" if response.status_code == 201 else "unchanged"
    code: str = response.json()["code"]
    return code


async def shown(database: Database, register: Register) -> Shown:
    async with database.begin() as transaction:
        rows = await transaction.scalars(
            select(Reading)
            .where(Reading.register_id == register.id, Reading.source != "operator")
            .order_by(Reading.version)
        )
        revision = await transaction.scalar(
            select(Register.revision).where(Register.id == register.id)
        )
        return [
            (each.version, each.value, each.status, each.findings, Decimal(revision or 0))
            for each in rows
        ]
