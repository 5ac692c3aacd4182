"""Receipts of before have their place in the chain after the migration, in the order of time."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import Database
from tests.databases import alembic_config, migrate, new_database, new_engine
from tests.steps.metering.receipts import verified

BEFORE = "0024"
BEGAN = datetime(2026, 10, 30, 8, 0, tzinfo=UTC)
OLD = text("""
    INSERT INTO reading_receipts
           (organization_id, id, account_id, period, submitted_by, submitted_at, digest)
    VALUES (:company, :id, :account, '2026-10-01', :company, :moment, 'as it was typed')
""")
COMPANY = text("""
    WITH company AS (
        INSERT INTO organizations (id, tax_id, name)
        VALUES (:company, :tax_id, 'a company') RETURNING id
    )
    INSERT INTO accounts (organization_id, id, account_number, address)
    SELECT id, :account, :number, 'an address' FROM company
""")
PLACES = text("SELECT id FROM reading_receipts WHERE organization_id = :company ORDER BY number")
COMPANIES = [(UUID(int=1), UUID(int=11), "03349223"), (UUID(int=2), UUID(int=12), "00967297")]
RECEIPTS = 20


async def hand_in(engine: AsyncEngine, first: int, last: int) -> None:
    async with engine.begin() as connection:
        for number in range(first, last):
            for company, account, _ in COMPANIES:
                id_ = UUID(int=company.int * 1000 + number)
                moment = BEGAN + timedelta(minutes=number)
                values = {"company": company, "account": account, "id": id_, "moment": moment}
                await connection.execute(OLD, values)


@pytest.mark.parametrize("again", [False, True], ids=["once", "up, down and up"])
async def test_older_receipts_are_chained_and_those_of_old_processes_follow(
    server: URL, *, again: bool
) -> None:
    async with new_database(server) as url, new_engine(url) as engine:
        await migrate(url, BEFORE)
        async with engine.begin() as connection:
            for company, account, tax_id in COMPANIES:
                values = {
                    "company": company,
                    "account": account,
                    "tax_id": tax_id,
                    "number": tax_id,
                }
                await connection.execute(COMPANY, values)
        await hand_in(engine, 0, RECEIPTS)
        await migrate(url)
        # A process of before knows no chain; its statement names none of the new columns.
        await hand_in(engine, RECEIPTS, RECEIPTS + 5)
        if again:
            await asyncio.to_thread(command.downgrade, alembic_config(url), BEFORE)
            await migrate(url)

        chains = await verified(Database(engine))
        assert [(each.receipts, each.fault) for each in chains] == [(RECEIPTS + 5, None)] * 2
        async with engine.connect() as connection:
            for company, _, _ in COMPANIES:
                found = (await connection.scalars(PLACES, {"company": company})).all()
                assert [each.int % 1000 for each in found] == list(range(RECEIPTS + 5))
