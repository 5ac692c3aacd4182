from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.registry import registry as commands
from app.database import Database
from app.sandbox.demonstration import REGISTER
from tests.registry.exports import Export

pytestmark = pytest.mark.committing


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        return connection.engine.url.render_as_string(hide_password=False)


def run(url: str, *arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(
        commands,
        ["load", *(str(argument) for argument in arguments)],
        env={"DATABASE_URL": url, **environment},
    )


def test_an_export_is_loaded_and_summed_up(url: str) -> None:
    first = run(url, REGISTER)
    again = run(url, REGISTER)

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert summary(first)["readings.csv"] == ["1856", "0", "0", "0", "0"]
    assert summary(again)["readings.csv"] == ["0", "0", "1856", "0", "0"]
    assert list(summary(again)) == [
        "organizations.csv",
        "accounts.csv",
        "metering_points.csv",
        "meters.csv",
        "registers.csv",
        "tariffs.csv",
        "readings.csv",
    ]


def test_a_bad_export_is_refused_with_its_lines(url: str, tmp_path: Path) -> None:
    Export().put("readings", 1, "value", "-1").write(tmp_path)

    result = run(url, tmp_path)

    assert result.exit_code == 1
    assert "readings.csv:3: value: number_invalid ('-1')" in result.stderr
    assert "Nothing was loaded: 1 problem in the export." in result.stderr
    assert summary(result) == {}


def test_bad_rows_are_left_out_and_the_rest_is_counted(url: str, tmp_path: Path) -> None:
    export = Export()
    for month in range(1, 10):
        for _ in range(20):
            export.add("readings", "07100000", "1.8.0", f"2026-0{month}-01", "-", "", "")
    export.write(tmp_path)

    result = run(url, tmp_path, "--skip-bad")

    assert result.exit_code == 0
    assert "readings.csv:4: value: number_invalid ('-')" in result.stderr
    assert "... and 440 more" in result.stderr
    assert summary(result)["readings.csv"] == ["2", "0", "0", "0", "180"]


def test_a_wrong_directory_is_no_export(url: str, tmp_path: Path) -> None:
    result = run(url, tmp_path / "nowhere")

    assert result.exit_code == 2
    assert "There is no export to load" in result.stderr
    assert "there is no such directory" in result.stderr


def test_account_numbers_follow_the_deployments_pattern(url: str, tmp_path: Path) -> None:
    Export().write(tmp_path)

    impossible = run(url, tmp_path, CABINET_ACCOUNT_NUMBER_PATTERN="(")
    strict = run(url, tmp_path, CABINET_ACCOUNT_NUMBER_PATTERN=r"\d{4}")

    assert impossible.exit_code == 2
    assert "CABINET_ACCOUNT_NUMBER_PATTERN is not a regular expression" in impossible.stderr
    assert strict.exit_code == 1
    assert "accounts.csv:2: account_number: account_number_invalid" in strict.stderr


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    Export().write(tmp_path)

    result = run("postgresql+asyncpg://nobody@127.0.0.1:1/cabinet", tmp_path)

    assert result.exit_code == 1
    assert "The database cannot be reached" in result.stderr


def summary(result: Result) -> dict[str, list[str]]:
    """Return the numbers of the printed table by file."""
    lines = [line.replace("│", " ").split() for line in result.stdout.splitlines()]
    return {line[0]: line[1:] for line in lines if line and line[0].endswith(".csv")}
