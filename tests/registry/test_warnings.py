"""Values that are loaded and hardly true: the operator hears of them with file and line."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.database import Database
from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import ACCOUNT, METER, Export, passed
from tests.registry.test_command import run

pytestmark = pytest.mark.committing


def showing(*values: str, kinds: Sequence[str] = ()) -> Export:
    """Return an export whose register of five digits showed these values from January on."""
    export = Export()
    export.rows["readings"] = [
        [METER, "1.8.0", f"2026-0{month}-01", value, "actual", "operator"]
        for month, value in enumerate(values, 1)
    ]
    for row, kind in zip(export.rows["readings"], kinds, strict=False):
        row[4] = kind
    return export


@pytest.mark.parametrize(
    ("values", "warnings"),
    [
        (("100", "200", "300"), []),
        (("100", "900", "300"), ["readings.csv:4: value: register_fell ('300.000 after 900.000')"]),
        (("99000", "99900", "300"), []),
        (
            ("200", "100", "150", "50"),
            [
                "readings.csv:3: value: register_fell ('100.000 after 200.000')",
                "readings.csv:5: value: register_fell ('50.000 after 150.000')",
            ],
        ),
        # It goes on at the usual pace, though not from the last tenth of its range.
        (("10000", "40000", "70000", "88000", "10000"), []),
    ],
)
async def test_a_fall_that_is_hardly_passing_zero_is_told(
    load: Load, values: Sequence[str], warnings: list[str]
) -> None:
    summary = await load(showing(*values))
    again = await load(showing(*values))

    assert [str(warning) for warning in summary.warnings] == warnings
    assert [str(warning) for warning in again.warnings] == warnings
    assert summary.files[-1].added == len(values)


async def test_an_estimate_falls_without_a_warning(load: Load) -> None:
    summary = await load(showing("100", "900", "300", kinds=["actual", "estimated", "actual"]))

    assert list(summary.warnings) == []


async def test_a_value_below_one_that_was_loaded_before_is_told(load: Load) -> None:
    await load(showing("100", "900"))
    later = showing("100", "900", "300")
    later.rows["readings"] = later.rows["readings"][2:]

    summary = await load(later)

    assert [str(warning) for warning in summary.warnings] == [
        "readings.csv:2: value: register_fell ('300.000 after 900.000')"
    ]


async def test_a_value_above_the_next_one_is_told_with_its_own_line(load: Load) -> None:
    await load(showing("100", "200", "300"))
    correction = showing("100", "900")
    correction.rows["readings"] = correction.rows["readings"][1:]

    summary = await load(correction)

    assert [warning.line for warning in summary.warnings] == [2]


async def test_a_line_that_is_of_two_tenures_is_told_once(load: Load) -> None:
    export = passed().put("readings", 0, "value", "300")

    assert [warning.line for warning in (await load(export)).warnings] == [3]


async def test_the_register_may_count_in_another_way_in_between(load: Load) -> None:
    export = showing("100", "9900", "300", "200").put("registers", 0, "digits", "4")
    export.add_column("registers", "valid_from")
    export.add("registers", METER, "1.8.0", "active_import", "total", "5", "2", "40", "2026-03-01")

    summary = await load(export)

    assert [warning.line for warning in summary.warnings] == [5]


async def test_an_account_without_its_leading_zeros_is_refused(
    load: Load, refusal: Refusal, rows: Rows
) -> None:
    await load(Export())
    slipped = Export().put("accounts", 0, "account_number", ACCOUNT.lstrip("0"))
    slipped.put("metering_points", 0, "account_number", ACCOUNT.lstrip("0"))

    assert (await refusal(slipped))[0] == (
        f"accounts.csv:2: account_number: leading_zeros_lost ('6604, known as {ACCOUNT}')"
    )
    assert await rows("SELECT account_number FROM accounts") == [{"account_number": ACCOUNT}]


async def test_accounts_that_merely_look_alike_are_two(load: Load) -> None:
    await load(Export())
    export = Export().add("accounts", "1000006604", "03349223", "вул. Нова, 2", "", "")

    assert (await load(export)).files[1].added == 1


@pytest.mark.parametrize(
    ("day", "is_good"), [("2024-12-01", False), ("2025-01-01", True), ("2025-02-01", True)]
)
async def test_no_month_before_the_meter_was_installed_takes_a_value(
    load: Load, *, day: str, is_good: bool
) -> None:
    summary = await load(Export().put("readings", 0, "taken_on", day), skip_bad=True)

    expected = [] if is_good else ["before_installation"]
    assert [problem.reason for problem in summary.problems] == expected


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        return connection.engine.url.render_as_string(hide_password=False)


def test_people_and_programs_are_told_alike(url: str, tmp_path: Path) -> None:
    showing("100", "900", "300").write(tmp_path)

    people, programs = run(url, tmp_path), run(url, tmp_path, "--json")

    told = "warning: readings.csv:4: value: register_fell ('300.000 after 900.000')"
    assert told in people.stderr
    answer = json.loads(programs.stdout)
    assert answer["warnings"] == [
        {
            "file": "readings.csv",
            "line": 4,
            "column": "value",
            "reason": "register_fell",
            "value": "300.000 after 900.000",
        }
    ]
    assert (answer["problems"], answer["warnings_count"]) == ([], 1)
    assert answer["files"][-1]["same"] == 3


def test_programs_are_told_why_nothing_was_loaded(url: str, tmp_path: Path) -> None:
    showing("100", "x").write(tmp_path)

    refused = run(url, tmp_path, "--json")

    assert refused.exit_code == 1
    [problem] = json.loads(refused.stdout)["problems"]
    assert (problem["line"], problem["reason"]) == (3, "number_invalid")
