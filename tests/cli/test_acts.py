"""`run.py acts`: who did what that concerns all customers, when and why."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.__main__ import cli
from app.database import Database

pytestmark = pytest.mark.committing

RATES = "valid_from,percent,act\n2020-01-01,{percent},NBU\n"
PRICES = "period,uah_per_kwh,act\n2026-10,5.43210,market\n"


async def run(url: str, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, words, env={"DATABASE_URL": url})


async def load(url: str, command: tuple[str, ...], folder: Path, by: str) -> None:
    done = await run(url, *command, str(folder), "--operator", by, "--reason", "letter 17")
    assert done.exit_code == 0, done.output


async def test_each_load_of_prices_says_who_and_why_and_a_repeated_one_is_none(
    url: str, database: Database, tmp_path: Path
) -> None:
    assert database is not None
    before = await run(url, "acts")
    rates, reactive = ("billing", "penalties", "rates"), ("billing", "reactive")
    (tmp_path / "discount_rates.csv").write_text(RATES.format(percent=15), encoding="utf-8")
    (tmp_path / "reactive_prices.csv").write_text(PRICES, encoding="utf-8")

    for _ in range(2):
        await load(url, rates, tmp_path, "o.kravets")
    await load(url, reactive, tmp_path, "i.bondar")
    (tmp_path / "discount_rates.csv").write_text(RATES.format(percent=14), encoding="utf-8")
    await load(url, rates, tmp_path, "i.bondar")

    assert "Nothing was done yet" in before.stdout
    told = json.loads((await run(url, "acts", "--json")).stdout)
    assert [(each["deed"], each["operator"], each["details"]) for each in told] == [
        ("penalty_rates.loaded", "i.bondar", {"rates": 1, "moratoria": 0}),
        ("reactive_rates.loaded", "i.bondar", {"prices": 1, "surcharges": 0}),
        ("penalty_rates.loaded", "o.kravets", {"rates": 1, "moratoria": 0}),
    ]
    assert {each["reason"] for each in told} == {"letter 17"}
    newest = json.loads((await run(url, "acts", "--json", "--most", "1")).stdout)
    assert newest == told[:1]
    shown = await run(url, "acts")
    assert "i.bondar" in shown.stdout
