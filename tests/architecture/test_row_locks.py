"""Rows are locked without their keys, so that nobody waits who only refers to them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORIES = Path(__file__).parents[2] / "app" / "repositories"
GENTLE = {"key_share", "read", "skip_locked"}


def locks(path: Path) -> Iterator[tuple[int, set[str]]]:
    """Return the line of each lock that SQLAlchemy is asked for, and its options."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "with_for_update":
            yield node.lineno, {str(each.arg) for each in node.keywords}
        for each in node.keywords:
            if each.arg == "with_for_update":
                keys = each.value.keys if isinstance(each.value, ast.Dict) else []
                yield node.lineno, {str(ast.literal_eval(key)) for key in keys if key}


@pytest.mark.parametrize(
    "path",
    sorted(REPOSITORIES.rglob("*.py")),
    ids=lambda path: str(path.relative_to(REPOSITORIES)),
)
def test_no_row_is_locked_with_its_key(path: Path) -> None:
    too_strong = [line for line, options in locks(path) if not options & GENTLE]

    assert too_strong == [], "FOR UPDATE also stops who refers to the row; say key_share=True"
