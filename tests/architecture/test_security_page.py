"""docs/security.md: every row names tests, and every test it names is there."""

import re

import pytest

from tests.databases import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = [f"O{number}" for number in range(1, 11)]
ROWS += [f"A{number}" for number in range(1, 16)]
ROWS += [f"R{number}" for number in range(1, 17)]
ROWS += [f"B{number}" for number in range(1, 5)]
ROWS += [f"W{number}" for number in range(1, 12)]
ROWS += [f"L{number}" for number in range(1, 8)]
TOLD = re.findall(r"^\| ([A-Z]\d+[a-z]?) \|", PAGE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize("row", sorted({*ROWS, *TOLD}))
def test_every_promise_names_a_test(row: str) -> None:
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {row} |")]

    assert "`tests/" in line


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_it_names_is_there(path: str, name: str) -> None:
    text = (ROOT / path).read_text()

    assert f"def {name}(" in text if name else "def test_" in text
