"""No file and no function is too long to read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final, TypeAlias

import pytest

from tests.databases import ROOT

LONGEST_FILE: Final = 300
LONGEST_FUNCTION: Final = 45
FOLDERS: Final = ("app", "tests", "benchmarks", "migrations")
USUAL_FILE: Final = 60
USUAL_FUNCTION: Final = 7
"""What the median is to be; printed beside what it is (`pytest -s`), and judged by people."""

STILL_LONG: Final[dict[str, int]] = {}
"""Functions that are longer, and how long. They may become shorter; no line may be added."""


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            if "versions" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def functions(text: str) -> Iterator[Function]:
    for found in ast.walk(ast.parse(text)):
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            yield found


def lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines_of_code(function: Function) -> int:
    """Return a function's length without its docstring: nobody shall save on that."""
    told = function.body[0] if ast.get_docstring(function, clean=False) else None
    return lines(function) - (lines(told) if told else 0)


def test_no_file_is_too_long_to_read_at_once() -> None:
    lengths = {name: len(text.splitlines()) for name, text in sources(*FOLDERS)}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_read_at_once() -> None:
    too_long = {
        f"{Path(file).stem}.{each.name}": lines(each)
        for file, text in sources(*FOLDERS)
        for each in functions(text)
        if lines(each) > LONGEST_FUNCTION
    }

    assert {
        name: length for name, length in too_long.items() if length > STILL_LONG.get(name, 0)
    } == {}


def test_medians_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [text for _, text in sources("app") if text]
    file = median(len(text.splitlines()) for text in texts)
    function = median(lines_of_code(each) for text in texts for each in functions(text))

    with capsys.disabled():
        print(  # noqa: T201 - whoever runs the gate reads it
            f"\nmedian file {file:.0f} lines (aim {USUAL_FILE}), "
            f"function {function:.0f} (aim {USUAL_FUNCTION})"
        )

    assert function <= USUAL_FUNCTION
