"""`run.py billing schedules`: how accounts pay, all of the files or nothing of them."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from stdnum.eu import eic as eic_code
from typer.testing import CliRunner, Result

from app.cli.__main__ import cli
from app.database import Database
from app.models.billing.instalment import Instalment, PlannedEnergy
from app.models.billing.payment_terms import PaymentTerms
from app.models.metering.metering_point import MeteringPoint
from app.models.money import Money
from tests.factories.registry import Company, create_company

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "contracts of 2026")
HEADER = "account_number,form,since,day_of_month,percent,amount,due_days\n"
PLAN = "account_number,eic,period,kwh\n"
STEM = "62Z000000000777"
EIC = STEM + eic_code.calc_check_digit(STEM)


async def load(url: str, folder: Path, *rows: str, plan: str = "") -> Result:
    (folder / "instalments.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    if plan:
        (folder / "planned_energy.csv").write_text(PLAN + plan, encoding="utf-8")
    command = ["billing", "schedules", str(folder), "--account-number-pattern", r"\d{4,12}", *BY]
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


async def test_a_schedule_is_kept_replaced_and_taken_away(
    url: str, database: Database, number: str, tmp_path: Path
) -> None:
    rows = (f"{number},planned,2026-10,5,50,,3", f"{number},planned,2026-10,20,,30000.00,")
    plan = f"{number},{EIC},2026-10,12000\n"

    loaded = await load(url, tmp_path, *rows, plan=plan)
    again = await load(url, tmp_path, *rows, plan=plan)

    assert (loaded.exit_code, again.exit_code) == (0, 0), loaded.output
    assert "1 changed, 0 the same" in loaded.stdout
    assert "0 changed, 1 the same" in again.stdout
    async with database.begin() as session:
        first, second = await session.scalars(select(Instalment).order_by(Instalment.position))
        assert (str(first.percent), first.amount, first.due_days) == ("50.00", None, 3)
        assert (second.percent, second.amount, second.due_days) == (None, Money(3_000_000), 5)
        assert (await session.scalars(select(PaymentTerms))).one().form == "planned"
        assert (await session.scalars(select(PlannedEnergy))).one().kwh == 12000

    gone = await load(url, tmp_path, f"{number},actual,,,,,")

    assert gone.exit_code == 0, gone.output
    async with database.begin() as session:
        assert list(await session.scalars(select(Instalment))) == []
        assert (await session.scalars(select(PaymentTerms))).one().form == "actual"


@pytest.mark.parametrize(
    ("rows", "plan", "said"),
    [
        (["{number},planned,2026-10,5,50,10.00,"], "", "instalments.csv:2: percent: percent_or"),
        (["{number},planned,,5,50,,"], "", "instalments.csv:2: since: value_missing"),
        (["{number},planned,2026-10,32,50,,"], "", "day_of_month: number_out_of_range"),
        (["{number},actual,2026-10,5,50,,"], "", "form: actual_has_no_instalments"),
        (
            ["{number},planned,2026-10,5,60,,", "{number},planned,2026-10,9,60,,"],
            "",
            "instalments.csv:3: percent: more_than_the_plan",
        ),
        (
            ["{number},planned,2026-10,5,60,,", "{number},prepayment,2026-10,9,10,,"],
            "",
            "instalments.csv:3: form: differs_within_account",
        ),
        (["99999999,planned,2026-10,5,60,,"], "", "account_number: unknown"),
        (
            ["{number},planned,2026-10,5,60,,"],
            "{number},62Z000000000888"
            + eic_code.calc_check_digit("62Z000000000888")
            + ",2026-10,5\n",
            "planned_energy.csv:2: eic: not_of_account",
        ),
        (
            ["{number},planned,2026-10,5,60,,"],
            "{number}," + EIC + ",2026-10,5\n{number}," + EIC + ",2026-10,6\n",
            "planned_energy.csv:3: period: repeated",
        ),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    url: str,
    database: Database,
    number: str,
    tmp_path: Path,
    rows: list[str],
    plan: str,
    said: str,
) -> None:
    given = [row.format(number=number) for row in rows]

    result = await load(url, tmp_path, *given, plan=plan.format(number=number))

    assert result.exit_code == 1
    assert said in result.stderr
    async with database.begin() as session:
        assert list(await session.scalars(select(Instalment))) == []
