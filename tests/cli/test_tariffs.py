"""`run.py tariffs load FILE`: the prices of the regulator, without the rest of the register."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app.cli.__main__ import cli
from app.database import Database
from app.models.billing.tariff import Tariff

pytestmark = pytest.mark.committing

HEADER = "service,voltage_class,price_uah_per_mwh,valid_from,act"
FIRST = "distribution,1,300.11,2026-01-01,NERC 1"
SECOND = "distribution,2,1691.32,2026-01-01,NERC 1"
WHO = ("--operator", "o.kravets", "--reason", "resolution 1")


async def run(url: str, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, words, env={"DATABASE_URL": url})


async def load(url: str, folder: Path, *rows: str, options: tuple[str, ...] = WHO) -> Result:
    file = folder / "prices of 2026.csv"
    file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return await run(url, "tariffs", "load", str(file), *options)


async def prices(database: Database) -> dict[int, str]:
    async with database.begin() as transaction:
        found = await transaction.scalars(select(Tariff).order_by(Tariff.voltage_class))
        return {each.voltage_class: f"{each.price_uah_per_mwh:.2f}" for each in found}


async def test_prices_are_loaded_corrected_and_put_on_record(
    url: str, database: Database, tmp_path: Path
) -> None:
    first = await load(url, tmp_path, FIRST, SECOND)
    again = await load(url, tmp_path, FIRST, SECOND, options=(*WHO, "--json"))
    corrected = await load(url, tmp_path, FIRST.replace("300.11", "310"))

    assert first.stdout == "Prices: 2 new, 0 changed, 0 as they were.\n"
    assert json.loads(again.stdout) == {
        "file": "tariffs.csv",
        "added": 0,
        "changed": 0,
        "same": 2,
        "kept": 0,
        "refused": 0,
    }
    assert corrected.exit_code == 0
    assert await prices(database) == {1: "310.00", 2: "1691.32"}
    acts = json.loads((await run(url, "acts", "--json")).stdout)
    assert [(each["deed"], each["operator"], each["reason"], each["details"]) for each in acts] == [
        ("tariffs.loaded", "o.kravets", "resolution 1", {"added": 0, "changed": 1}),
        ("tariffs.loaded", "o.kravets", "resolution 1", {"added": 2, "changed": 0}),
    ]


async def test_one_bad_row_keeps_all_out(url: str, database: Database, tmp_path: Path) -> None:
    refused = await load(url, tmp_path, FIRST, SECOND.replace("1691.32", "-1"), SECOND, SECOND)

    assert refused.exit_code == 1
    assert "tariffs.csv:3: price_uah_per_mwh: number_invalid ('-1')" in refused.stderr
    assert "tariffs.csv:5: service: duplicate_row ('distribution, as on line 3')" in refused.stderr
    assert await prices(database) == {}


async def test_without_a_file_or_a_name_nothing_is_done(
    url: str, database: Database, tmp_path: Path
) -> None:
    missing = await run(url, "tariffs", "load", str(tmp_path / "none.csv"), *WHO)
    nameless = await load(url, tmp_path, FIRST, options=("--reason", "resolution 1"))
    empty = await load(url, tmp_path, options=WHO)

    assert (missing.exit_code, nameless.exit_code, empty.exit_code) == (2, 2, 0)
    assert "there is no such file" in missing.stderr
    assert await prices(database) == {}
