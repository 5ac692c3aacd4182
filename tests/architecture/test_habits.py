"""The files that editors, hooks and CI read say the same as the gates."""

import json
import re
import tomllib
from configparser import ConfigParser
from typing import Any

import yaml

from app.cli.checks import gates
from app.main import VERSION
from tests.databases import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read_yaml(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return read


def test_ci_runs_what_everybody_can_run() -> None:
    [job] = read_yaml(".github/workflows/ci.yml")["jobs"].values()
    commands = [step["run"].split()[0] for step in job["steps"] if "run" in step]

    assert commands == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert oldest in job["strategy"]["matrix"]["python"]


def test_hooks_run_gates_of_check_with_the_tools_of_check() -> None:
    [repository] = read_yaml(".pre-commit-config.yaml")["repos"]
    hooks = {hook["name"]: hook["entry"] for hook in repository["hooks"]}
    checked = gates(slow=False)

    assert repository["repo"] == "local"
    for name, entry in hooks.items():
        tool, *arguments = entry.removeprefix(".venv/bin/").split()
        gate = [part.rpartition("/")[2] for part in checked[name]]
        assert [tool, *arguments] == gate[gate.index(tool) :]


def test_editors_know_the_longest_line() -> None:
    config = ConfigParser()
    config.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))

    assert config["*"]["max_line_length"] == str(PROJECT["tool"]["ruff"]["line-length"])


def test_the_version_stands_in_one_place() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assigned = [
        str(path.relative_to(ROOT))
        for folder in ("app", "migrations", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"""(?i)\bversion\b[^=\n]*=\s*["']\d+\.\d""", path.read_text(encoding="utf-8"))
    ]

    assert VERSION == PROJECT["project"]["version"] == document["info"]["version"]
    assert assigned == []


def test_templates_ask_for_little() -> None:
    templates = [*(ROOT / ".github").rglob("*.md")]

    assert len(templates) == 3
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 20 for path in templates)
