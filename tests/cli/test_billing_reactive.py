"""`run.py billing reactive`: what reactive energy is charged by, all of the files or nothing."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from stdnum.eu import eic as eic_code
from typer.testing import CliRunner, Result

from app.cli.__main__ import cli
from app.database import Database
from app.models.billing.reactive_rates import (
    ReactiveEquivalent,
    ReactivePrice,
    ReactiveSurcharge,
)
from app.models.metering.metering_point import MeteringPoint
from tests.factories.registry import Company, create_company

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "annexes of 2026")
FILES = {
    "reactive_equivalents.csv": "account_number,eic,valid_from,equivalent,act\n",
    "reactive_prices.csv": "period,uah_per_kwh,act\n",
    "reactive_surcharges.csv": "valid_from,from_tg_phi,factor,act\n",
}
STEM = "62Z000000000777"
EIC = STEM + eic_code.calc_check_digit(STEM)


async def load(url: str, folder: Path, *contents: str) -> Result:
    for (name, header), rows in zip(FILES.items(), contents, strict=False):
        (folder / name).write_text(header + rows, encoding="utf-8")
    command = ["billing", "reactive", str(folder), "--account-number-pattern", r"\d{4,12}", *BY]
    return await asyncio.to_thread(CliRunner().invoke, cli, command, env={"DATABASE_URL": url})


@pytest.fixture
async def number(database: Database) -> str:
    company: Company = await create_company(database)
    async with database.begin() as session:
        [point] = await session.scalars(
            select(MeteringPoint).where(MeteringPoint.account_id == company.account.id)
        )
        point.eic = EIC
    return company.account.account_number


async def test_what_is_new_is_kept_and_what_differs_is_corrected(
    url: str, database: Database, number: str, tmp_path: Path
) -> None:
    surcharges = "2026-01-01,0.25,1.5,order\n2026-01-01,0.5,2,order\n"
    point = f"{number},{EIC},2026-01-01,0.0195,annex 4\n"

    first = await load(url, tmp_path, point, "2026-10,5.43210,market\n", surcharges)
    again = await load(url, tmp_path, point, "2026-10,5.5,market\n", surcharges)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "1 equivalents of points, 1 prices, 2 surcharges" in first.stdout
    assert "0 equivalents of points, 1 prices, 0 surcharges" in again.stdout
    async with database.begin() as session:
        assert str((await session.scalars(select(ReactiveEquivalent))).one().equivalent) == (
            "0.019500"
        )
        assert str((await session.scalars(select(ReactivePrice))).one().uah_per_kwh) == "5.500000"
        assert len(list(await session.scalars(select(ReactiveSurcharge)))) == 2


async def test_what_is_wrong_is_named_and_nothing_is_kept(
    url: str, database: Database, number: str, tmp_path: Path
) -> None:
    points = f"{number},{EIC},2026-01-01,0,annex\n99999999,{EIC},2026-01-01,0.1,annex\n"
    prices = "2026-10,5,market\n2026-10,6,market\n"

    result = await load(url, tmp_path, points, prices, "2026-01-01,0.25,0.9,order\n")

    assert result.exit_code == 1
    for said in (
        "reactive_equivalents.csv:2: equivalent: number_out_of_range",
        "reactive_equivalents.csv:3: account_number: unknown",
        "reactive_prices.csv:3: period: repeated",
        "reactive_surcharges.csv:2: factor: number_out_of_range",
    ):
        assert said in result.stderr
    async with database.begin() as session:
        assert list(await session.scalars(select(ReactivePrice))) == []
