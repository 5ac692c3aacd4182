from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Rounds = TypeVar("Rounds")


def few_or_many(few: Rounds, many: Rounds) -> list[object]:
    """Return few rounds for the fast run, and many for the slow one."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]


def holds_for(
    *values: st.SearchStrategy[Any], few: int = 300, many: int = 4000
) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """Return a decorator: the test is a property, asked of few cases, or of thousands if slow."""

    def decorate(holds: Callable[..., None]) -> Callable[[int], None]:
        @pytest.mark.parametrize("cases", few_or_many(few, many))
        def test(cases: int) -> None:
            asked = settings(max_examples=cases, deadline=None, derandomize=True)
            asked(given(*values)(holds))()

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return decorate
