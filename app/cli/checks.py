"""The tests, and every gate that a change has to pass."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Self

import typer

from app.cli.audit import SKIPPED
from app.cli.project import ROOT

SLOW_TOO = ["-m", ""]
PYTHON = [sys.executable, "-P", "-m"]
IN_TWO_PROCESSES = ["--numprocesses", "2", "--dist", "loadfile"]
"""Tests that start processes or measure have a group, and so one process, to themselves."""

MONITORS_LINES: Final = (3, 12)
MONITORS_BRANCHES: Final = (3, 14)
"""The first versions of Python whose `sys.monitoring` measures them; tracing costs far more."""
BY_MONITORING: Final = {"COVERAGE_CORE": "sysmon", "COVERAGE_CONCURRENCY": "thread"}


@dataclass(frozen=True)
class Coverage:
    """How the tests are watched: pytest's options, and the environment coverage reads."""

    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, version: tuple[int, int], *, in_ci: bool) -> Self:
        """Return what costs little on this Python; in CI branches are measured at any cost."""
        if version >= MONITORS_BRANCHES:
            return cls(("--cov", "--cov-branch"), BY_MONITORING)
        if in_ci:
            return cls(("--cov", "--cov-branch"))
        return cls(("--cov",), BY_MONITORING) if version >= MONITORS_LINES else cls()


@dataclass(frozen=True)
class Result:
    name: str
    code: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Tell whether nothing speaks against the change; a gate that was skipped does not."""
        return self.code in {0, SKIPPED}

    @property
    def verdict(self) -> str:
        if self.code == SKIPPED:
            return "skipped"
        return "passed" if self.passed else "FAILED"


def test(context: typer.Context) -> None:
    """Run the fast tests; options are those of pytest."""
    # A few tests are done before a second process has started.
    how = [] if _names_tests(context.args) else IN_TWO_PROCESSES
    raise typer.Exit(_run([*PYTHON, "pytest", *how, *context.args]))


def check(
    *, slow: Annotated[bool, typer.Option("--slow", help="Run the slow tests too.")] = False
) -> None:
    """Run every gate: format, lint, types, layers, tests, docs."""
    raise typer.Exit(not pass_through_all(gates(slow=slow)))


def gates(*, slow: bool) -> Mapping[str, Sequence[str]]:
    pytest = [*PYTHON, "pytest", *IN_TWO_PROCESSES, *_coverage().options]
    return {
        "ruff format": [*PYTHON, "ruff", "format", "--check"],
        "ruff check": [*PYTHON, "ruff", "check"],
        "mypy": [*PYTHON, "mypy"],
        "import contracts": [str(Path(sys.executable).with_name("lint-imports"))],
        "tests": [*pytest, *SLOW_TOO] if slow else pytest,
        "OpenAPI in step": [*PYTHON, "app.cli", "openapi", "--check"],
        "docs in step": [*PYTHON, "app.cli.docs"],
        "known weaknesses": [*PYTHON, "app.cli.audit"],
    }


def _coverage() -> Coverage:
    return Coverage.of(sys.version_info[:2], in_ci=os.environ.get("CI") == "true")


def _names_tests(arguments: Sequence[str]) -> bool:
    return any((ROOT / argument.partition("::")[0]).exists() for argument in arguments)


def pass_through_all(named: Mapping[str, Sequence[str]]) -> bool:
    """Run each command, also after one has failed; tell whether none has."""
    results = [_pass_through(name, command) for name, command in named.items()]
    typer.echo("\nGates")
    for result in results:
        typer.echo(f"  {result.name:<20} {result.verdict:<7} {result.seconds:6.1f} s")
    return all(result.passed for result in results)


def _pass_through(name: str, command: Sequence[str]) -> Result:
    typer.secho(f"\n== {name}", bold=True)
    start = time.monotonic()
    code = _run(command)
    return Result(name, code=code, seconds=time.monotonic() - start)


def _run(command: Sequence[str]) -> int:
    # The tools read their configuration from the project's folder, wherever the person stands.
    environment = {**os.environ, **_coverage().environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
