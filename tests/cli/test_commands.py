import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import checks, docs
from app.cli.__main__ import cli
from app.cli.project import ROOT
from app.main import document
from app.settings import Settings

COMMANDS = (
    "up",
    "test",
    "check",
    "bench",
    "serve",
    "worker",
    "migrate",
    "openapi",
    "registry",
    "keys",
    "lock",
    "members",
)


def test_help_lists_every_command_with_one_whole_line(cli_runner: CliRunner) -> None:
    said = cli_runner.invoke(cli, ["--help"]).stdout

    for name in COMMANDS:
        assert f"\n  {name} " in said
    assert "..." not in said.partition("Commands:")[2]


def test_openapi_prints_writes_and_checks_the_document(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "openapi.json"
    of_file = ["--file", str(file)]

    assert json.loads(cli_runner.invoke(cli, ["openapi"]).stdout) == document()
    missing = cli_runner.invoke(cli, ["openapi", "--check", *of_file])
    assert missing.exit_code == 1
    assert "openapi --write" in missing.stderr
    assert cli_runner.invoke(cli, ["openapi", "--write", *of_file]).exit_code == 0
    assert cli_runner.invoke(cli, ["openapi", "--check", *of_file]).exit_code == 0
    file.write_text("{}")
    assert cli_runner.invoke(cli, ["openapi", "--check", *of_file]).exit_code == 1


def test_all_gates_are_passed_through_although_one_has_failed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    failing = [sys.executable, "-c", "raise SystemExit(1)"]
    passing = [sys.executable, "-c", "print('reached')"]

    assert not checks.pass_through_all({"first": failing, "second": passing})
    assert checks.pass_through_all({"second": passing})

    said = capfd.readouterr().out
    assert "reached" in said
    assert "  first                FAILED" in said
    assert "  second               passed" in said


def test_slow_tests_are_run_only_when_asked_for() -> None:
    assert "-m" not in checks.gates(slow=False)["tests"][3:]
    assert list(checks.gates(slow=True)["tests"][-2:]) == ["-m", ""]


@pytest.mark.parametrize(
    ("version", "in_ci", "options", "core"),
    [
        ((3, 11), False, (), None),
        ((3, 11), True, ("--cov", "--cov-branch"), None),
        ((3, 12), False, ("--cov",), "sysmon"),
        ((3, 13), True, ("--cov", "--cov-branch"), None),
        ((3, 14), False, ("--cov", "--cov-branch"), "sysmon"),
        ((3, 14), True, ("--cov", "--cov-branch"), "sysmon"),
    ],
)
def test_coverage_is_taken_where_it_is_cheap_and_in_ci_always(
    version: tuple[int, int], options: tuple[str, ...], core: str | None, *, in_ci: bool
) -> None:
    coverage = checks.Coverage.of(version, in_ci=in_ci)

    assert coverage.options == options
    assert coverage.environment.get("COVERAGE_CORE") == core


def test_the_tests_command_hands_over_to_pytest(
    cli_runner: CliRunner, capfd: pytest.CaptureFixture[str]
) -> None:
    done = cli_runner.invoke(cli, ["test", "--version"])

    assert done.exit_code == 0
    assert capfd.readouterr().out.startswith("pytest ")


def test_the_bench_command_hands_over_to_the_benchmarks(
    cli_runner: CliRunner, capfd: pytest.CaptureFixture[str]
) -> None:
    helped = cli_runner.invoke(cli, ["bench", "--help"])
    unknown = cli_runner.invoke(cli, ["bench", "no-such-measure"])

    said = capfd.readouterr()
    assert (helped.exit_code, unknown.exit_code) == (0, 1)
    assert "submit" in said.out
    assert "There is no measure no-such-measure" in said.err


@pytest.mark.slow
def test_a_measure_prints_its_table(
    cli_runner: CliRunner, capfd: pytest.CaptureFixture[str]
) -> None:
    small = ["--rounds", "1", "--seconds", "1", "--readings", "5000"]

    # How fast it was is not for a test to judge: 1 says that a ratio was missed.
    assert cli_runner.invoke(cli, ["bench", "me", "submit", *small]).exit_code in {0, 1}
    assert capfd.readouterr().out.count("to reach") == 2


def test_pages_out_of_step_are_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(
        "[here](docs/operations.md#a) [there](docs/missing.md) [web](https://example.org)\n"
        "python3 run.py fly, python3 run.py keys new, run.py lock\n"
    )
    fields = [name for name in Settings.model_fields if name not in ("database_url", "port")]
    page = "\n".join(["DATABASE_URL", *(f"CABINET_{name.upper()}" for name in fields)])
    (tmp_path / "docs" / "operations.md").write_text(page)

    assert list(docs.flaws_of(tmp_path)) == [
        "README.md: links to docs/missing.md, which is not there",
        "README.md: names `run.py fly`, which is no command",
        "docs/operations.md: does not explain CABINET_PORT",
    ]


def test_help_for_lock_resolves_nothing() -> None:
    locks = [(path, path.read_bytes()) for path in ROOT.glob("requirements*.lock")]

    done = subprocess.run(  # noqa: S603 - our own entry
        [sys.executable, ROOT / "run.py", "lock", "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "--upgrade" in done.stdout
    assert [(path, path.read_bytes()) for path, _ in locks] == locks


def test_there_is_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## (\d\S*),", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert newest is not None
    assert document()["info"]["version"] == project["version"] == newest[1]
