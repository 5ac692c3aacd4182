"""Hard cases from end to end: the command loads them, each company signs up and sees its energy.

The folder has a case for each way in which a register can be hard to read. The same kinds come
with other numbers for each seed, judged by an oracle that shares no code with the product.
"""

import asyncio
import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from app.database import Database
from tests.factories.hard_cases import write_hard_cases
from tests.factories.people import PASSWORD
from tests.registry.test_command import run, summary
from tests.rounds import few_or_many
from tests.steps.identity.stories import Story, bearer

pytestmark = pytest.mark.committing

FOLDER = Path(os.environ.get("CABINET_HARD_CASES") or Path(__file__).with_name("hard_cases"))
"""Another folder of the same form, as a set that is kept back, may be named."""
Shown = list[tuple[str, str | None, bool | None]]


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        return connection.engine.url.render_as_string(hide_password=False)


async def test_each_company_sees_the_energy_of_its_case(url: str, story: Story) -> None:
    loaded = await loaded_by_command(url, FOLDER)

    assert loaded.exit_code == 0, loaded.stderr
    assert await differences(story, FOLDER) == {}


@pytest.mark.parametrize("seeds", few_or_many(range(1, 3), range(3, 40)))
async def test_the_same_kinds_with_other_numbers(
    url: str, story: Story, tmp_path: Path, seeds: range
) -> None:
    for seed in seeds:
        directory = tmp_path / str(seed)
        directory.mkdir()
        write_hard_cases(directory, seed=seed)

        loaded = await loaded_by_command(url, directory)

        assert loaded.exit_code == 0, loaded.stderr
        assert await differences(story, directory) == {}, f"seed {seed}"


async def test_loading_them_again_changes_nothing(url: str) -> None:
    first = await loaded_by_command(url, FOLDER)
    again = await loaded_by_command(url, FOLDER)

    assert first.exit_code == again.exit_code == 0
    assert {(added, changed) for added, changed, *_ in summary(again).values()} == {("0", "0")}


async def loaded_by_command(url: str, directory: Path) -> Result:
    """Load as the operator does; the command has an event loop of its own."""
    return await asyncio.to_thread(run, url, directory)


async def differences(story: Story, directory: Path) -> dict[str, tuple[Any, Any]]:
    """Return by case what a company sees and what it should, where the two differ."""
    tax_ids = {row["account_number"]: row["tax_id"] for row in rows(directory, "accounts")}
    phones = {row["tax_id"]: row["phone"] for row in rows(directory, "organizations")}
    expected: dict[tuple[str, str], Shown] = {}
    for row in rows(directory, "expected"):
        estimated = {"true": True, "false": False}.get(row["is_estimated"])
        month = (row["period"], row["kwh"] or None, estimated)
        expected.setdefault((row["account_number"], row["case"]), []).append(month)
    found = {}
    for (number, case), months in expected.items():
        months.sort()
        tax_id = tax_ids[number]
        headers = await signed_up(story, number, tax_id, phones[tax_id])
        shown = await consumption(story, headers, months)
        if shown != months:
            found[case] = (shown, months)
    return found


async def signed_up(story: Story, number: str, tax_id: str, phone: str) -> dict[str, str]:
    body = {"phone": phone, "account_number": number, "tax_id": tax_id, "password": PASSWORD}
    started = await story.client.post("/v1/sign-ups", json=body)
    sign_up_id = started.json()["id"]
    confirmed = await story.confirm(sign_up_id, await story.read_code(sign_up_id))
    return bearer(confirmed.json())


async def consumption(story: Story, headers: Mapping[str, str], months: Shown) -> Shown:
    [account] = (await story.client.get("/v1/accounts", headers=headers)).json()["items"]
    answer = await story.client.get(
        f"/v1/accounts/{account['id']}/consumption",
        params={"from": months[0][0], "to": months[-1][0]},
        headers=headers,
    )
    # Where nothing is known, nothing is said about an estimate.
    return [
        (month["period"], month["kwh"], None if wanted[2] is None else month["is_estimated"])
        for month, wanted in zip(answer.json()["items"], months, strict=True)
    ]


def rows(directory: Path, file: str) -> list[dict[str, str]]:
    with (directory / f"{file}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))
