"""docs/security.md: every row names tests, and every test it names is there."""

import re

import pytest

from tests.databases import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = [f"O{number}" for number in range(1, 11)]
ROWS += [f"A{number}" for number in range(1, 16)]
ROWS += ["R1", "R2", "R3"]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize("row", ROWS)
def test_every_promise_names_a_test(row: str) -> None:
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {row} |")]

    assert "`tests/" in line


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_it_names_is_there(path: str, name: str) -> None:
    text = (ROOT / path).read_text()

    assert f"def {name}(" in text if name else "def test_" in text
